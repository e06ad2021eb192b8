"""One file per operation; this registry finds them.

Every module of this folder whose name has no leading underscore is imported in sorted order, its steps are collected,
and doubles are refused, so that a new operation is one new file.  The order of `CLAIMS` is the order in which steps
claim the qualifiers of a component: by phase, then by spelling.
"""

import importlib
import pkgutil

from imgproxy.step import Step


def _found() -> list[type[Step]]:
    steps: list[type[Step]] = []
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        if module.startswith("_"):
            continue
        space = vars(importlib.import_module(f"{__name__}.{module}"))
        steps += [
            member
            for member in space.values()
            if isinstance(member, type)
            and issubclass(member, Step)
            and not member.__name__.startswith("_")
            and member.__module__ == f"{__name__}.{module}"
        ]
    return sorted(steps, key=lambda step: (step.phase, step.key, step.names))


def _heads(steps: list[type[Step]]) -> dict[str, type[Step]]:
    heads: dict[str, type[Step]] = {}
    for step in steps:
        for head in [f"{step.key}_{name}" for name in step.names] or [step.key]:
            if head in heads:
                raise ImportError(f"{head} is declared twice: {heads[head]} and {step}")
            heads[head] = step
    return heads


CLAIMS: tuple[type[Step], ...] = tuple(_found())
"""Every operation, in the order of claiming and executing inside a component."""

BY_HEAD: dict[str, type[Step]] = _heads(list(CLAIMS))
"""`e_blur` or `r` to its operation."""

CLAIMED_FLAGS = frozenset(flag for step in CLAIMS for flag in step.flags)
"""Flags that are no operation but belong to one of their component; beside no such operation they are inert."""

NAMED_KEYS = frozenset(step.key for step in CLAIMS if step.names)
"""Keys whose value begins with a name: `c`, `e`, `fl`."""
