"""Pictures of a few bytes, one of each kind that is read and never written; drawn by this project, kept as base64."""

from base64 import b64decode
from typing import Final

PNG: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGM8ERXAQApgIkn1qIZRDUNKAwCfAAGSxEZPKAAAAABJRU5ErkJggg=="
)

READ_ONLY: Final = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="9" height="9"/></svg>',
    "pdf": b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 16 16]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "heic": b64decode(
        "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
        "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAADAAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
        "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34"
        "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm"
        "4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAA"
        "AChjbGFwAAAAEAAAAAEAAAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAA"
        "AAAAAQABBYECAwWEAAAAOG1kYXQAAAAsKAGvC0hXqJD1/NSE/YtHfUPZtXdSkg6QxAGg9kDAqmbAk+W5hKczULPs"
        "GCs="
    ),
}
"""Format to file."""
