"""The HTTP API described by itself: `/schema/openapi.json`, and `/schema` for eyes.

The page is made on the server from the same document, without a script and without anything from elsewhere; what the
image service understands has a page of its own.
"""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from api import auth
from api.bodies import ImageChanges, ImageOrder, ListingChanges, NewListing
from api.errors import Problem
from api.manifests import Pictures
from api.purging import PurgeDone, PurgeOrder
from api.schemas import Agents, Images, Listing, Page

_VALUES: Final = (
    Page,
    Listing,
    Images,
    Pictures,
    Agents,
    Problem,
    NewListing,
    ListingChanges,
    ImageOrder,
    ImageChanges,
    PurgeOrder,
    PurgeDone,
)
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_STYLE: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem }
h1 { margin: 1rem 0 } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .5rem 1rem }
summary { cursor: pointer } summary code { font-weight: 600 } summary b { display: inline-block; min-width: 4.5rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line) }
pre { overflow-x: auto } code { font-family: ui-monospace, monospace; font-size: .9em }
"""


class SchemaPage(OpenAPIRenderPlugin):
    """Every operation with its parameters, its body and its answers, as plain HTML."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request  # the same page for everybody
        return page(completed(openapi_schema)).encode()


class SchemaFile(JsonRenderPlugin):
    """The document with the values as msgspec checks them: every bound, and no field beyond those named."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, completed(openapi_schema))


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Litestar's description of a Struct leaves out zero bounds and takes unknown fields; msgspec's own does neither."""
    template = "#/components/schemas/{name}"
    _, schemas = msgspec.json.schema_components(_VALUES, ref_template=template)
    components = document["components"] | {"schemas": document["components"]["schemas"] | schemas}
    return document | {"components": components}


def config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Darkroom listings",
        version="1",
        description=(
            "Property listings with photos. Image URLs in answers lead to the image service. Errors are "
            "application/problem+json (RFC 9457)."
        ),
        path="/schema",
        components=auth.COMPONENTS,
        render_plugins=[SchemaPage(), SchemaFile()],
    )


def page(document: dict[str, Any]) -> str:
    """The document as HTML."""
    info = document["info"]
    operations = "".join(_operations(document))
    schemas = "".join(_schemas(document.get("components", {}).get("schemas", {})))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])}</h1><p>{escape(info.get('description', ''))}</p>"
        '<p>For machines: <a href="/schema/openapi.json">openapi.json</a>. '
        'The language of image URLs: <a href="/docs">docs</a>.</p>'
        f"<h2>Operations</h2>{operations}<h2>Values</h2>{schemas}</html>"
    )


def _operations(document: dict[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(path, method, item[method])


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    lock = " · needs the credential" if operation.get("security") else ""
    parts = [
        f"<p>{escape(operation.get('description', ''))}</p>" if "description" in operation else ""
    ]
    parts.append(_table("Parameters", map(_parameter, operation.get("parameters", ()))))
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: <code>{escape(kind)}</code> {_type(media.get('schema', {}))}</p>")
    parts.append(_table("Answers", _answers(operation["responses"])))
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}{lock}</summary>{''.join(parts)}</details>"
    )


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str]:
    name = f"<code>{escape(parameter['name'])}</code>"
    schema = parameter.get("schema", {})
    return name, _type(schema), escape(parameter.get("description", ""))


def _answers(responses: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for status, answer in sorted(responses.items()):
        kinds = ", ".join(
            f"{escape(kind)} {_type(media.get('schema', {}))}"
            for kind, media in answer.get("content", {}).items()
        )
        yield f"<code>{status}</code>", escape(answer.get("description", "")), kinds


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        required = set(schema.get("required", ()))
        rows = [
            (f"<code>{escape(field)}</code>", _type(kind), "required" if field in required else "")
            for field, kind in schema.get("properties", {}).items()
        ]
        what = escape(schema.get("description", "")) or ", ".join(map(str, schema.get("enum", ())))
        yield (
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<p>{what}</p>{_table('', rows)}</details>"
        )


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to those that have a name."""
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(map(_type, choices))
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    bounds = {
        "minimum": "≥",
        "maximum": "≤",
        "maxLength": "at most this long:",
        "default": "default",
    }
    said = [f"{word} {escape(str(schema[key]))}" for key, word in bounds.items() if key in schema]
    if "enum" in schema:
        said.append("one of " + ", ".join(escape(str(value)) for value in schema["enum"]))
    return ", ".join([escape(str(schema.get("type", "anything"))), *said])


def _table(title: str, rows: Any) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    caption = f"<h3>{title}</h3>" if title else ""
    return f"{caption}<table>{cells}</table>" if cells else ""
