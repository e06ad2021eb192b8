"""Pages of the portal."""

from litestar.handlers import HTTPRouteHandler

page_routes: list[HTTPRouteHandler] = []
