"""What an operation is, what it says about the answer, and what it may know.

operation   a frozen Struct whose fields are its grammar
output      what directives come to
scene       what a step may know besides its picture
"""

from imgproxy.step.operation import (
    Bag,
    FieldSpec,
    LayerPlace,
    LayerSource,
    Phase,
    Step,
    escaped,
    fields,
    misread,
)
from imgproxy.step.output import Output
from imgproxy.step.scene import FindFaces, Scene

__all__ = [
    "Bag",
    "FieldSpec",
    "FindFaces",
    "LayerPlace",
    "LayerSource",
    "Output",
    "Phase",
    "Scene",
    "Step",
    "escaped",
    "fields",
    "misread",
]
