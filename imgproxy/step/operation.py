"""What an operation of the URL language is, and how its declaration becomes its grammar.

An operation is a frozen Struct whose *fields are its grammar*:

* a field without an encoded name is positional: `e_sepia:80` fills the first one with 80;
* a field with an encoded name (`width: … = field(name="w")`) is a qualifier of the same component, written `w_300`;
* the type says how a value is read (numbers with `msgspec.Meta` ranges, StrEnum, bool, or a class of `notation`)
  and how it is spelled in the canonical text.

A component such as `c_fill,w_300,e_sepia,g_north` is a bag of keys without order.  Each operation claims the keys
it owns, exactly once; the order of execution inside the component is `Phase`, and what nobody claims is inert, as
in the language this follows.  Between components the order is as written.

Operations that say something about the answer and not about pixels (format, quality, flags) are directives:
they count wherever they stand, the last of a kind wins, and the canonical text has them at its end.

Nothing here opens, renders or knows a single operation.
"""

import types
from collections.abc import Callable
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Union, get_args, get_origin

import msgspec

from imgproxy.errors import BadParameter
from imgproxy.notation.near import Unknown
from imgproxy.notation.number import read_decimal, read_integer, spell
from imgproxy.step.output import Output
from imgproxy.step.scene import Scene
from imgproxy.values import Face, Source

if TYPE_CHECKING:
    import pyvips


class Phase(IntEnum):
    """Order of execution inside one component; the fine order follows the public reference of the language."""

    ORIENT = 5
    RESIZE = 10
    ROTATE = 20
    EFFECT = 30
    OPACITY = 40
    CORNERS = 50
    BORDER = 60
    BACKGROUND = 70
    LAYER = 80
    DIRECTIVE = 100


class Bag:
    """The parameters of one component while operations claim them; later duplicates of a qualifier win."""

    def __init__(self, parameters: list[tuple[str, str]]) -> None:
        self._values = dict(parameters)
        self._written = dict(parameters)

    def claim(self, key: str) -> str | None:
        """The raw value, which no other operation gets afterwards."""
        return self._values.pop(key, None)

    def left(self) -> list[tuple[str, str]]:
        """What nobody has claimed."""
        return list(self._values.items())

    def peek(self, key: str) -> str | None:
        """The raw value as written, claimed or not, for a step whose meaning depends on another's."""
        return self._written.get(key)

    def give(self, key: str, value: str) -> None:
        """Writes out what the text left open."""
        self._values[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self._values


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One operation with its arguments."""

    key: ClassVar[str] = ""
    """The parameter it is written with: `e`, `c`, `r`."""

    names: ClassVar[tuple[str, ...]] = ()
    """Values of the parameter that mean this operation (`("blur",)` for `e_blur`); empty: every value."""

    flags: ClassVar[tuple[str, ...]] = ()
    """Flags of its component that it claims itself, as `fl_<flag>` without a value."""

    wakes: ClassVar[tuple[str, ...]] = ()
    """Qualifiers that call the operation in without its own key, as `w_300` alone is a scale."""

    spoken: ClassVar[frozenset[str]] = frozenset({"mode"})
    """Fields that the head or flags beside it say, and no value of their own."""

    phase: ClassVar[Phase] = Phase.EFFECT
    keeps_bytes: ClassVar[bool] = False
    """For a directive: an original asked for with nothing else still goes out as it is stored."""

    examples: ClassVar[tuple[str, ...]] = ()
    """Components for the docs; every one is parsed, rendered and compared in the tests."""

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """Builds the step from what follows its name and from the qualifiers it claims. Raises BadParameter."""
        head = f"{cls.key}_{name}".rstrip("_") if cls.names else cls.key
        values: dict[str, Any] = {"mode": name} if "mode" in cls.__struct_fields__ else {}
        values |= _positional(cls, head, value)
        for spec in fields(cls):
            if spec.qualifier and (came := bag.claim(spec.qualifier)) is not None:
                values[spec.name] = spec.read(spec.qualifier, came)
        step = cls(**values)
        step.check()
        return step

    def check(self) -> None:
        """Refuses impossible combinations of its own fields. Raises BadCombination."""

    def canonical(self) -> tuple[str, ...]:
        """Its parameters in the one spelling: the head with all positional values, then set qualifiers."""
        name = getattr(self, "mode", None) or (self.names[0] if self.names else "")
        words = [name] if name else []
        qualifiers = []
        for spec in fields(type(self)):
            value = getattr(self, spec.name)
            if not spec.qualifier:
                words += [text] if value is not None and (text := spec.spell(value)) else []
            elif value != spec.default and value is not None:
                qualifiers.append(f"{spec.qualifier}_{spec.spell(value)}")
        return (f"{self.key}_{':'.join(words)}", *qualifiers)

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """The picture after this step; the one handed in is left as it is."""
        return image

    def direct(self, output: Output) -> Output:
        """What a directive says about the answer."""
        return output

    @property
    def order(self) -> Phase:
        """When it runs inside its component; by its arguments a step may want another turn than its kind."""
        return self.phase

    @property
    def keeps_stored_orientation(self) -> bool:
        """Whether it wants the picture as it lies in the file, without the camera's orientation mark."""
        return False


class LayerSource(Step, frozen=True, kw_only=True):
    """What a layer shows: `l_…` over the picture, `u_…` under it."""

    key: ClassVar[str] = "l"
    spoken: ClassVar[frozenset[str]] = frozenset({"mode", "under"})
    phase: ClassVar[Phase] = Phase.LAYER

    under: bool = False

    @property
    def original(self) -> Source | None:
        """The original it shows, to be fetched before rendering; `None` where it draws by itself."""
        return None

    @classmethod
    def claims(cls, parameters: list[tuple[str, str]]) -> frozenset[str]:  # noqa: ARG003 - the shape of a source
        """Keys of the opening component that belong to the layer's own drawing; the others transform it."""
        return frozenset()

    def canonical(self) -> tuple[str, ...]:
        """As any step, with `u` for `l` where it lies under."""
        head, *qualifiers = super().canonical()
        return (f"u{head[1:]}" if self.under else head, *qualifiers)

    def draw(self, scene: Scene) -> "pyvips.Image":
        """The layer before its own transformations."""
        raise NotImplementedError


class LayerPlace(Step, frozen=True, kw_only=True):
    """How a layer meets the picture: what `fl_layer_apply` closes."""

    key: ClassVar[str] = "fl"
    phase: ClassVar[Phase] = Phase.LAYER

    @property
    def is_relative(self) -> bool:
        """Whether fractions inside the layer are of the picture below."""
        return False

    @property
    def is_region_relative(self) -> bool:
        """Whether they are of the box that it is laid on, where there is one."""
        return False

    def boxes(self, below: "pyvips.Image", scene: Scene) -> tuple[Face, ...]:  # noqa: ARG002 - the shape of a place
        """What in the picture it is to be laid on, once each; none: on the picture as a whole."""
        return ()

    def lay(
        self,
        below: "pyvips.Image",
        layer: "pyvips.Image",
        scene: Scene,
        *,
        under: bool = False,
        on: Face | None = None,
    ) -> "pyvips.Image":
        """Both as one picture; `layer` lies over, or under, and in the middle of `on`."""
        raise NotImplementedError


class FieldSpec(msgspec.Struct, frozen=True):
    """How one field is read and spelled, worked out once per class from its annotation."""

    name: str
    qualifier: str
    default: Any
    required: bool
    parse: Callable[[str], Any]
    spell: Callable[[Any], str]
    expected: str

    def read(self, parameter: str, text: str) -> Any:
        """The value of `text`. Raises BadParameter naming `parameter`."""
        try:
            return self.parse(text)
        except ValueError as error:
            raise misread(parameter, text, error) from None


def misread(parameter: str, text: str, error: ValueError) -> BadParameter:
    """What is wrong with a value, and what may be meant."""
    if not isinstance(error, Unknown) or not error.near:
        return BadParameter(parameter, text, str(error))
    joint = ":" if "_" in parameter else "_"
    return BadParameter(parameter, text, str(error), f"{parameter}{joint}{error.near}")


@cache
def fields(cls: type[Step]) -> tuple[FieldSpec, ...]:
    """The grammar of a step: every field but what the head says, in order of declaration."""
    return tuple(
        _spec(field) for field in msgspec.structs.fields(cls) if field.name not in cls.spoken
    )


def _spec(field: msgspec.structs.FieldInfo) -> FieldSpec:
    parse, spell_, expected = _codec(field.type)
    required = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
    qualifier = field.encode_name if field.encode_name != field.name else ""
    default = None if required else field.default
    return FieldSpec(field.name, qualifier, default, required, parse, spell_, expected)


def _codec(annotation: Any) -> tuple[Callable[[str], Any], Callable[[Any], str], str]:
    """`(parse, spell, description)` of a field's type."""
    annotation, low, high = _bounds(annotation)
    if annotation is bool:
        return _read_bool, (lambda value: "1" if value else "0"), "0 or 1"
    if annotation is int:
        return (
            (lambda text: read_integer(text, low, high)),
            spell,
            _range("whole number", low, high),
        )
    if annotation is float:
        return (lambda text: read_decimal(text, low, high)), spell, _range("number", low, high)
    if annotation is str:
        return str, escaped, "text"
    if issubclass(annotation, StrEnum):
        names = ", ".join(annotation)
        return (lambda text: _read_enum(annotation, text, names)), str, names
    return annotation.parse, str, annotation.__name__.lower()


def _bounds(annotation: Any) -> tuple[Any, float | None, float | None]:
    if get_origin(annotation) in {Union, types.UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not types.NoneType)
    if get_origin(annotation) is Annotated:
        bare, meta = get_args(annotation)[:2]
        return bare, meta.ge, meta.le
    return annotation, None, None


def escaped(value: str) -> str:
    """Free text, so that one level of decoding gives it back and no slash ends the component."""
    return value.replace("%", "%25").replace("/", "%2F")


def _read_bool(text: str) -> bool:
    if text not in {"0", "1", "true", "false"}:
        raise ValueError("0 or 1")
    return text in {"1", "true"}


def _read_enum(kind: type[StrEnum], text: str, names: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise Unknown(f"one of {names}", text, kind) from None


def _range(what: str, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return what
    return f"{what} from {spell(low)} to {spell(high)}"


def _positional(cls: type[Step], head: str, value: str) -> dict[str, Any]:
    """Positional fields take the words between colons; the last one takes all that is left."""
    specs = [spec for spec in fields(cls) if not spec.qualifier]
    words = value.split(":", len(specs) - 1) if specs else []
    if value and not specs:
        raise BadParameter(head, value, "no value")
    words += [""] * (len(specs) - len(words))
    for spec, word in zip(specs, words, strict=True):
        if spec.required and not word:
            raise BadParameter(head, value, spec.expected)
    return {
        spec.name: spec.read(head, word) for spec, word in zip(specs, words, strict=True) if word
    }
