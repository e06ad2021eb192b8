"""Coverage-guided fuzzing of paths and transformations: `python -m tests.fuzzing [seconds]`; needs `atheris`.

Not part of the suite. What it finds becomes a line of `tests/corpus/texts.txt`, which the suite replays.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris  # no dependency: installed by who fuzzes

with atheris.instrument_imports(include=["imgproxy"]):
    from imgproxy import url
    from imgproxy.errors import ImageError
    from imgproxy.grammar import parse

CORPUS = Path(__file__).parent / "corpus" / "texts.txt"
_MAX_BYTES = 2048


def understand(data: bytes) -> None:
    """Any text is understood, in a way that its canonical text repeats, or refused by type."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(_MAX_BYTES)
    for raw in (text, f"/demo/image/upload/{text}/x.jpg"):
        try:
            path = url.read(raw)
            transformation = parse(path.transformation)
        except ImageError as error:
            str(error).encode("ascii", "backslashreplace")
            continue
        assert parse(transformation.canonical()) == transformation
    try:
        transformation = parse(text)
    except ImageError:
        return
    canonical = transformation.canonical()
    assert parse(canonical) == transformation
    assert parse(canonical).canonical() == canonical


def main(arguments: list[str]) -> Any:
    """Runs for the given seconds, ten minutes by default; ends with a crash file in the current folder if it finds one."""
    seconds = arguments[1] if len(arguments) > 1 else "600"
    with tempfile.TemporaryDirectory() as folder:
        for number, line in enumerate(CORPUS.read_text(encoding="utf-8").splitlines()):
            (Path(folder) / f"{number:04}").write_bytes(b"\x03" + line.encode())
        atheris.Setup(
            [arguments[0], f"-max_total_time={seconds}", f"-max_len={_MAX_BYTES}", folder],
            understand,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
