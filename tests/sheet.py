"""The contact sheet: one page with every example of every operation, before and after, to be looked at.

`make contact-sheet` writes `var/contact-sheet.html`; `ARGS=photo.jpg` shows another photo than the project's own. The page
is one file that needs no server. It judges nothing; goldens do.
"""

import argparse
import base64
import html
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

import pyvips

from api.contact_sheet import CUT_OUT, Plate, plates
from api.demo.catalogue import CATALOGUE
from api.demo.catalogue import draw as draw_photo
from imgproxy.grammar import parse
from imgproxy.step import Step
from tests.goldens import PIXEL_STEPS, draw

OUT = Path("var/contact-sheet.html")
PHOTO_ID = "houses/red-cottage"
WIDTH = 360
_PAGE = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Contact sheet</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem; color: #1c1917; background: #fafaf9 }
  nav { columns: 12rem; font-size: .85rem } nav a { color: inherit }
  h2 { margin: 2.5rem 0 .25rem; font: 600 1.1rem ui-monospace, monospace } p { max-width: 60rem; margin: .25rem 0 1rem }
  section div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start }
  figure { margin: 0; max-width: ${width}px } figcaption { font-size: .75rem; overflow-wrap: anywhere; color: #57534e }
  img { max-width: 100%; background: repeating-conic-gradient(#d6d3d1 0 25%, #fff 0 50%) 0 0 / 16px 16px }
</style>
<h1>Contact sheet</h1>
<p>${count} examples of ${operations} operations on ${photo}.</p>
<nav>${index}</nav>
${sections}
</html>
""")


def main() -> None:
    """Writes the page; says where."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, help="a picture file; default: drawn")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(page(asked.photo), encoding="utf-8")
    sys.stdout.write(f"{asked.out}\n")


def page(photo: Path | None, steps: tuple[type[Step], ...] = PIXEL_STEPS) -> str:
    """The whole page as text."""
    name = photo.stem if photo else PHOTO_ID
    before = small(pyvips.Image.new_from_file(str(photo)) if photo else own_photo())
    shown = plates(steps)
    sections = list(_sections(before, name, shown))
    return _PAGE.substitute(
        width=WIDTH,
        count=sum(len(plate.examples) for plate in shown),
        operations=len(shown),
        photo=html.escape(name),
        index=" ".join(f'<a href="#{plate.head}">{plate.head}</a><br>' for plate in shown),
        sections="\n".join(sections),
    )


def own_photo() -> pyvips.Image:
    """One of the demo's houses, drawn small."""
    original = next(entry for entry in CATALOGUE if entry.public_id == PHOTO_ID)
    return draw_photo(original, 2 * WIDTH / original.width)


def small(image: pyvips.Image) -> pyvips.Image:
    """As wide as a figure, in sRGB, in memory."""
    scaled = image.thumbnail_image(WIDTH, height=WIDTH, output_profile="srgb").colourspace("srgb")
    return scaled.copy_memory()


def _sections(photo: pyvips.Image, name: str, shown: tuple[Plate, ...]) -> Iterator[str]:
    shape = draw(photo, parse(CUT_OUT))
    for done, plate in enumerate(shown, 1):
        before = shape if plate.before == CUT_OUT else photo
        figures = [_figure(before, "before")]
        figures += [_figure(draw(before, parse(text)), _url(text, name)) for text in plate.examples]
        yield _section(plate, figures)
        sys.stderr.write(f"contact sheet {done}/{len(shown)} {plate.head}\n")


def _section(plate: Plate, figures: list[str]) -> str:
    words = html.escape(plate.words.strip()).replace("`", "")
    return (
        f'<section id="{plate.head}"><h2>{plate.head}</h2><p>{words}</p>'
        f"<div>{''.join(figures)}</div></section>"
    )


def _url(text: str, name: str) -> str:
    return f"/demo/image/upload/{text}/{name}.jpg"


def _figure(image: pyvips.Image, caption: str) -> str:
    data = base64.b64encode(image.webpsave_buffer(Q=82, effort=2)).decode()
    size = f"{image.width}×{image.height}"
    words = html.escape(caption)
    return (
        f'<figure><img src="data:image/webp;base64,{data}" width="{image.width}" alt="{words}">'
        f"<figcaption>{words}<br>{size}</figcaption></figure>"
    )


if __name__ == "__main__":
    main()
