"""The README tells the truth: its settings table is the code's, and its URLs are read and rendered."""

import re
from pathlib import Path

import pytest

from api.demo import CATALOGUE
from api.settings import ServerSettings
from imgproxy.grammar import parse
from imgproxy.settings import table
from imgproxy.url import read

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- settings: generated, see tests/test_readme.py -->", "<!-- end of settings -->"


def settings_table() -> str:
    rows = [
        f"| `{variable}` | {default} | {meaning} |"
        for variable, default, meaning in table(ServerSettings)
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def test_the_settings_table_is_what_the_code_reads(request):
    """`--record-goldens` writes it anew."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    wanted = f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"
    if request.config.getoption("--record-goldens"):
        readme.write_text(wanted, encoding="utf-8")
    assert readme.read_text(encoding="utf-8") == wanted


def examples() -> list[str]:
    return re.findall(
        r"^\| `(/[^`]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_there_are_five_example_urls():
    assert len(examples()) == 5


@pytest.mark.parametrize("path", examples())
def test_example_urls_are_read_and_name_demo_photos(path):
    parts = read(f"/demo/image/upload{path}")
    assert parts.public_id in {original.public_id for original in CATALOGUE}
    transformation = parse(parts.transformation)
    assert parse(transformation.canonical()) == transformation
