"""Fits the lines and bends of `imgproxy.render.aim` and writes them: `python -m benchmarks.aim.fit FOLDER --minutes 9`.

FOLDER keeps samples and scores between runs, so that the work can be done in pieces: nothing is scored twice, and what
is listed there is fitted (`bends`), by what each sample's curve says that a level wants of a format.  Sources that are held
back are not looked at.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.aim import curves
from benchmarks.aim.bends import Array, Curve, Goals, fitted
from benchmarks.aim.samples import Sample, listed, samples
from benchmarks.launch import ROOT
from imgproxy.render.aim import LEVELS, REACH
from imgproxy.render.traits import measured

_CUTS = 3
_VARIANTS = 26
_FAR = 3.0
TARGET = ROOT / "imgproxy" / "render" / "aim_coefficients.py"


def read_curves(path: Path, chosen: Sequence[Sample]) -> dict[str, dict[str, Curve]]:
    """By format and sample name; only those that are whole."""
    wanted = {sample.name for sample in chosen}
    found: dict[str, dict[str, dict[int, curves.Point]]] = {name: {} for name in curves.QUALITIES}
    for point in curves.read(path):
        if point.sample in wanted:
            found[point.format].setdefault(point.sample, {})[point.quality] = point
    return {
        name: {
            sample: Curve(name, list(points.values()))
            for sample, points in by_sample.items()
            if len(points) == len(curves.QUALITIES[name])
        }
        for name, by_sample in found.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    deadline_s = perf_counter() + 60 * options.minutes
    new = samples(options.folder, _CUTS, held=False, variants=_VARIANTS, more=options.pictures)
    for _ in curves.measure(new, options.folder / "curves.jsonl", deadline_s):
        pass
    chosen = [sample for sample in listed(options.folder) if not sample.held_back]
    known = read_curves(options.folder / "curves.jsonl", chosen)
    whole = set.intersection(*(set(by_sample) for by_sample in known.values()))
    chosen = [sample for sample in chosen if sample.name in whole]
    fits = {name: _fit(name, chosen, known[name]) for name in REACH}
    sources = len({sample.source for sample in chosen})
    about = f"{len(chosen)} delivered pictures of {sources} sources"
    TARGET.write_text(_text(about, fits), encoding="utf-8")
    print(f"{TARGET.name}: {about}")


class _Fit(NamedTuple):
    """One format: of each trait middle and spread, the bends, and the line of each level."""

    middles: Array
    spreads: Array
    bends: Array
    lines: Array


def _fit(format_: str, chosen: Sequence[Sample], known: dict[str, Curve]) -> _Fit:
    traits = np.array([measured(format_, sample.open()) for sample in chosen])
    middles, spreads = traits.mean(axis=0), traits.std(axis=0) + 1e-9
    goals = Goals([known[sample.name] for sample in chosen])
    shape = fitted(np.clip((traits - middles) / spreads, -_FAR, _FAR), goals)
    lines = np.column_stack([shape.starts, shape.of_traits.T, shape.of_bends.T])
    lines *= goals.spreads[:, None]
    lines[:, 0] += goals.middles
    return _Fit(middles, spreads, np.column_stack([shape.bend_starts, shape.bends.T]), lines)


def _text(about: str, fits: dict[str, _Fit]) -> str:
    rows = [
        '"""The lines of `imgproxy.render.aim`: written by `python -m benchmarks.aim.fit`, not by hand.',
        "",
        f"Fitted {datetime.now(UTC):%Y-%m-%d} on {about}: photographs, the drawn photographs",
        "of the demo, generated graphics, and pictures of Debian packages: backgrounds (gnome, mate, lomiri, ukui, plasma), pictures",
        "of handbooks and of their programs (gimp-help-en, gnome-user-docs, kicad-doc-en, digikam-data, python-skimage-doc,",
        "python-sklearn-doc, python-statsmodels-doc), drawings (openclipart-png, tuxpaint-stamps-default, freeciv-data) and maps",
        "(marble-data). Sources that are held back are not among them. How far the scores are off on those is in",
        "benchmarks/RESULTS.md (program `aim`).",
        '"""',
        "",
        "# fmt: off",
        *_by_format("MIDDLES", {name: fit.middles for name, fit in fits.items()}),
        *_by_format("SPREADS", {name: fit.spreads for name, fit in fits.items()}),
        '"""Of each trait, in the order of `traits.NAMES`: mean and standard deviation of what the fit has seen."""',
        "",
        "BENDS: dict[str, tuple[tuple[float, ...], ...]] = {",
    ]
    for name, fit in fits.items():
        rows += [f'    "{name}": (', *(f"        {_row(bend)}," for bend in fit.bends), "    ),"]
    rows += [
        "}",
        '"""The start of each bend, then a slope for each trait, counted in spreads from its middle."""',
        "",
        "LINES: dict[str, dict[str, tuple[float, ...]]] = {",
    ]
    for name, fit in fits.items():
        by_level = zip(LEVELS, fit.lines, strict=True)
        rows += [
            f'    "{name}": {{',
            *(f'        "{level}": {_row(line)},' for level, line in by_level),
            "    },",
        ]
    end = (
        '"""By format and level: the start, then a slope for each trait, then one for each bend."""'
    )
    return "\n".join([*rows, "}", end, "# fmt: on", ""])


def _by_format(title: str, values: dict[str, Array]) -> list[str]:
    return [
        f"{title}: dict[str, tuple[float, ...]] = {{",
        *(f'    "{name}": {_row(row)},' for name, row in values.items()),
        "}",
    ]


def _row(numbers: Array) -> str:
    return f"({', '.join(f'{number:.4f}' for number in numbers)})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aim.fit", description=__doc__)
    parser.add_argument("folder", type=Path, help="samples and scores are kept here")
    parser.add_argument("--minutes", type=float, default=9, help="for scoring what is missing")
    more = "folders of further pictures, each a source"
    parser.add_argument("--pictures", type=Path, nargs="*", default=(), help=more)
    return parser


if __name__ == "__main__":
    main()
