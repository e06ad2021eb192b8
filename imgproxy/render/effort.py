"""How hard an encoder tries: as hard as a waiting client can afford, or harder while nobody waits.

A waiting client affords BUDGET_S of encoding on one core.  Measured on photographs, quality of `good`, per megapixel
(of all frames together):

    avif   effort 1  220 ms  80 kB  score 77.9     webp   effort 4  100 ms  85 kB  score 74.5
           effort 0   62 ms  86 kB  score 77.5            effort 2   50 ms  88 kB  score 74.5
    jxl    effort 3   28 ms                        jpg    trellis    80 ms, without 10 ms
                                                   png    zlib 3     65 ms

AVIF by effort 2 takes 1.6 times as long and saves 2.5 % of the bytes at an equal score; refining gives those, and more, back.
JPEG XL by effort 5 takes six times as long.  It saves 7 % at 400 px and 19 % at 800 (score 75), but what it does is hard to
foresee: 81 of 100 answers come within 4 points of their level, 89 by effort 3.  So it is left to refining, which looks.

So the largest answer allowed, 25 megapixels, is encoded within the budget, as far as the format can be: GIF, which has no
lower effort than 1, takes 430 ms per megapixel.  With time, at equal score: docs/refining.md.
"""

from math import inf

BUDGET_S = 2.0

_PROMPT: dict[str, tuple[tuple[float, int], ...]] = {
    # up to so many megapixels, this effort
    "avif": ((9.0, 1), (inf, 0)),
    "webp": ((18.0, 4), (inf, 2)),
    "jxl": ((inf, 3),),
    "gif": ((inf, 1),),
    "png": ((inf, 3),),
    "jpg": ((22.0, 1), (inf, 0)),
}
"""In the encoders' own numbers; png: zlib's level, jpg: 1 is trellis quantisation."""

_PATIENT = {"avif": 4, "webp": 6, "jxl": 5, "gif": 1, "png": 9, "jpg": 1}


def effort(format: str, pixels: int, *, patient: bool = False) -> int:  # noqa: A002 - the domain's word
    """For one answer; `pixels` of all frames."""
    if patient:
        return _PATIENT[format]
    return next(level for most, level in _PROMPT[format] if pixels <= most * 1e6)
