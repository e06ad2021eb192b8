"""One render from end to end: the bytes of an original through the steps of a transformation to the bytes of an answer.

The order on one screen: open and guard, scale while loading where the first step is a resize, run the steps on each
frame, decide the format, encode.  An original that is asked for as it is goes out as it is.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import msgspec
import pyvips

from imgproxy import faces, geometry
from imgproxy.grammar import parse
from imgproxy.notation.breakpoints import Breakpoints
from imgproxy.operations._resize import Resize, resample
from imgproxy.operations.vectorize import DRAWING, Vectorize
from imgproxy.render import aim, attribution, master, profile, untouched
from imgproxy.render.choose import choose
from imgproxy.render.decode import Picture, open_original
from imgproxy.render.encode import encode, holds_frames, quality_for, settle
from imgproxy.render.interpret import Scope, lead, walk
from imgproxy.render.job import MEDIA_TYPES, Encoding, RenderJob, RenderReport, View
from imgproxy.render.orientation import as_stored, stored_size
from imgproxy.render.patient import Refined, refined
from imgproxy.render.place import without_place
from imgproxy.render.sanitize import sanitized
from imgproxy.render.svg import checked
from imgproxy.step import Output, Scene
from imgproxy.tree import Component, Transformation
from imgproxy.url import EXTENSIONS
from imgproxy.values import Size, Source


def render(job: RenderJob, desk: master.Desk = master.NO_DESK) -> RenderReport:
    """The finished answer. Raises BadRequest and its children; anything else is a fault of ours.

    `desk`: where a working copy of the original is laid, if one is to be made.
    """
    started = perf_counter()
    transformation = parse(job.transformation, job.limits.max_components, job.limits.max_layers)
    output = transformation.output()
    picture = _opened(job, View(output.page, output.density_dpi), desk)
    if _as_it_is(job, transformation, picture):
        return _original(job, picture, started, sanitize=output.sanitize)
    if ladder := _listed(transformation):
        return _breakpoints(ladder, picture, started)
    format_, scope, frames = _frames(job, transformation, picture)
    if kept := scope.output.kept:
        frames = attribution.carry(frames, attribution.read(job.path, picture.header.format, kept))
    drawn = perf_counter()
    if _is_drawing(job, transformation):
        format_, best = "svg", Refined(scope.scene.choices[DRAWING])
    else:
        icc = profile.wanted(job, scope.output, picture.header.format)
        encoding = _encoding(format_, scope.output, picture, frames[0], icc)
        size = Size(frames[0].width, frames[0].height)
        own = untouched.own(job, transformation, picture.header, size, format_)
        meant = aim.meant(scope.output, format_) if job.effort == "patient" else None
        format_, best = _encoded(own, picture.header.format, frames, encoding, meant)
    report = RenderReport(
        body=best.body,
        media_type=MEDIA_TYPES[format_],
        width=frames[0].width,
        height=frames[0].height,
        pages=len(frames),
        render_ms=(drawn - started) * 1000,
        encode_ms=(perf_counter() - drawn) * 1000,
        raised=best.raised,
    )
    return _info(job, picture, format_, report) if scope.output.getinfo else report


def _opened(job: RenderJob, view: View, desk: master.Desk) -> Picture:
    """The original, or a master in its place; a page of many has none."""

    def original() -> Picture:
        return open_original(job.path, job.limits, view)

    if view.page is not None:
        return original()
    if job.master and (picture := master.read(job.master, job.limits, original, desk.tell)):
        return picture
    picture = original()
    return picture if job.keep == "never" else master.keeping(picture, job, desk)


def _encoded(
    own: bytes | None,
    kind: str,
    frames: list[pyvips.Image],
    encoding: Encoding,
    meant: float | None,
) -> tuple[str, Refined]:
    """Format and bytes of what is encoded, or the original's own if those do as well.

    `meant`: the score that is looked for, where there is time to do so; `None`: there is none.
    """
    if own is not None and untouched.is_enough(own, kind, encoding):
        return kind, Refined(own)
    body = encode(frames, encoding)
    best = Refined(body) if meant is None else refined(frames, encoding, body, meant)
    if own is None:
        return encoding.format, best
    # the original itself was the answer where it is no longer: nobody has had one that looks worse
    raised = best.raised and len(own) > len(body)
    if len(own) <= len(best.body):
        return kind, Refined(own, raised)
    return encoding.format, Refined(best.body, raised)


def _frames(
    job: RenderJob, transformation: Transformation, picture: Picture
) -> tuple[str, Scope, list[pyvips.Image]]:
    """The format of the answer, how it is to be written, and its frames: all where both sides are animated."""
    output = transformation.output()
    stored = transformation.keeps_stored_orientation()
    size = stored_size(picture.header) if stored else picture.header.size
    scene = Scene(size, output.dpr, job.limits.max_output_pixels)
    scene.find_faces = faces.find
    scene.pictures = _Pictures(job)
    scene.asset = job.asset
    sheets = max(picture.header.pages, picture.header.sheets)
    facts = {"pc": sheets, "cp": output.page or 1, "px": 0, "py": 0, "idn": 72, "ils": 0}
    scope = Scope(scene, output, {**facts, **job.asset.facts()})
    format_ = _format(job, picture, output, has_alpha=picture.header.has_alpha)
    still = output.still or not holds_frames(format_, output.apng)
    frames = settle(list(_draw(picture, transformation, scope, still=still)))
    return _format(job, picture, output, has_alpha=frames[0].hasalpha()), scope, frames


def _is_drawing(job: RenderJob, transformation: Transformation) -> bool:
    """Whether SVG is asked for, and the last thing done to the picture was to draw it."""
    asked = job.formats[0] if job.formats and not job.negotiated else job.extension
    match transformation.nodes[-1:]:
        case (Component(steps),):
            return asked == "svg" and isinstance(steps[-1], Vectorize)
    return False


class _Pictures:
    """Opens the originals of layers, each once."""

    def __init__(self, job: RenderJob) -> None:
        self._paths = {layer.source: layer.path for layer in job.layers}
        self._limits = job.limits
        self._opened: dict[Source, pyvips.Image] = {}

    def __call__(self, source: Source) -> pyvips.Image:
        if source not in self._opened:
            path = self._paths[source]
            self._opened[source] = open_original(path, self._limits).frames(still=True)[0]
        return self._opened[source]


def _format(job: RenderJob, picture: Picture, output: Output, *, has_alpha: bool) -> str:
    return choose(
        picture.header,
        job.formats,
        job.extension,
        animated=picture.header.pages > 1 and not output.still,
        has_alpha=has_alpha,
        negotiated=job.negotiated,
        keep_alpha=output.keep_alpha,
    )


def _draw(
    picture: Picture, transformation: Transformation, scope: Scope, *, still: bool
) -> Iterator[pyvips.Image]:
    """Each frame after the whole chain; a leading resize is folded into loading."""
    stored = transformation.keeps_stored_orientation() and picture.header.orientation > 1
    resize, rest = lead(transformation.nodes, scope) if not stored else (None, transformation.nodes)
    copy = _looked(resize, picture, scope.scene) if resize else None
    plan = resize.plan(picture.header.size, scope.scene) if resize else None
    for frame in _reused(copy, plan, picture, still=still) or picture.frames(
        plan.scaled if plan else None, still=still
    ):
        image = as_stored(frame, picture.header) if stored else frame
        if resize and plan:
            image = resize.place(image, plan, scope.scene)
        yield walk(rest, image, scope)


def _looked(lead: Resize, picture: Picture, scene: Scene) -> pyvips.Image | None:
    """The small copy in which a leading resize found the faces that decide, before anything was loaded at its size."""
    size = picture.header.size
    side = lead.search_px(size, scene)
    if not side:
        return None
    small = geometry.fit(size, geometry.Box(side, side), enlarge=False).scaled
    copy = picture.frames(small, still=True)[0]
    lead.look(copy, scene)
    return copy


def _reused(
    copy: pyvips.Image | None, plan: geometry.Plan | None, picture: Picture, *, still: bool
) -> list[pyvips.Image]:
    """The only frame out of the copy where that is large enough, so that nothing is decoded twice."""
    alone = still or picture.header.pages == 1
    if copy is None or plan is None or not alone or plan.scaled.width > copy.width:
        return []
    return [resample(copy, plan.scaled)]


def _encoding(
    format_: str, output: Output, picture: Picture, image: pyvips.Image, icc: bytes = b""
) -> Encoding:
    return Encoding(
        format=format_,
        quality=output.quality or _level(format_, output, image),
        level=output.quality_level,
        progressive=output.progressive,
        lossy=output.lossy,
        chroma=output.chroma,
        png=output.png,
        apng=output.apng,
        any_format=output.any_format and output.quality is None,
        tiff=output.tiff,
        profile=output.profile and not output.bare,
        icc=icc,
        bare=output.bare,
        metadata=output.kept is not None,
        delays_ms=_delays(picture, output),
        loop=picture.header.loop if output.loop is None else output.loop,
    )


def _level(format_: str, output: Output, image: pyvips.Image) -> int | None:
    """What the level means for these pixels, where the format is aimed; else what it means in general."""
    decide = partial(aim.quality, image=image) if format_ in aim.REACH else quality_for
    return decide(format_, output.quality_level, sensitive=output.sensitive)


def _delays(picture: Picture, output: Output) -> tuple[int, ...]:
    if output.delay_ms is None:
        return picture.header.delays_ms
    return (output.delay_ms,) * picture.header.pages


def _as_it_is(job: RenderJob, transformation: Transformation, picture: Picture) -> bool:
    """Whether the stored bytes themselves are asked for: no transformation, and no other format."""
    if transformation.output().original:
        return True
    plain = not transformation.nodes and all(
        directive.keeps_bytes for directive in transformation.directives
    )
    own = {None, picture.header.format} | {
        k for k, v in EXTENSIONS.items() if v == picture.header.format
    }
    return plain and not job.formats and not job.negotiated and job.extension in own


def _original(job: RenderJob, picture: Picture, started: float, *, sanitize: bool) -> RenderReport:
    header = picture.header
    body = Path(job.path).read_bytes()
    if header.format == "svg":
        # without gzip, which no browser opens unless the transport says so
        body = sanitized(body) if sanitize else checked(body)
    return RenderReport(
        body=without_place(body),
        media_type=MEDIA_TYPES[header.format],
        width=header.size.width,
        height=header.size.height,
        pages=header.pages,
        render_ms=(perf_counter() - started) * 1000,
        encode_ms=0.0,
    )


def _listed(transformation: Transformation) -> Breakpoints | None:
    """The ladder that `w_auto:breakpoints:json` asks for."""
    widths = (step.width for step in transformation.steps() if isinstance(step, Resize))
    return next((width.breakpoints for width in widths if width and width.listed), None)


def _breakpoints(ladder: Breakpoints, picture: Picture, started: float) -> RenderReport:
    """As JSON, widest first; nothing is drawn for it."""
    size = picture.header.size
    body = msgspec.json.encode({"breakpoints": ladder.within(size.width)[::-1]})
    took_ms = (perf_counter() - started) * 1000
    return RenderReport(body, "application/json", *size, 1, render_ms=took_ms, encode_ms=0.0)


def _info(job: RenderJob, picture: Picture, format_: str, report: RenderReport) -> RenderReport:
    """`fl_getinfo`: the facts of input and output as JSON."""
    facts = {
        "input": _geometry(picture.header.size)
        | {"bytes": Path(job.path).stat().st_size, "format": picture.header.format},
        "output": _geometry(Size(report.width, report.height))
        | {"bytes": len(report.body), "format": format_},
    }
    body = msgspec.json.encode(facts)
    return msgspec.structs.replace(report, body=body, media_type="application/json")


def _geometry(size: Size) -> dict[str, int | str]:
    return {"width": size.width, "height": size.height}
