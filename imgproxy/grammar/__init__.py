"""Transformation text and the tree it means: `parse` reads, `Transformation.canonical` writes.

Pure: no pixels, no I/O, no settings beyond the limits handed in.  `lexer` cuts text into parameters, `chain` builds
the tree from them, `known` lists what the language has and this service refuses, `expressions` is the place of
variables and arithmetic.
"""

from imgproxy.grammar.chain import parse

__all__ = ["parse"]
