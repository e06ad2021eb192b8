"""Files that appear whole or not at all; it must never know what is in them."""

from pathlib import Path


def move_into_place(temporary: Path, path: Path) -> None:
    """The folder may be missing, or be removed as empty between making and moving. Raises OSError."""
    for _ in range(3):
        try:
            temporary.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            return
    temporary.replace(path)
