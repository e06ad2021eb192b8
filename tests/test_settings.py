"""Settings: read from a mapping, defaults with units, and sentences that name the variable."""

from typing import Annotated

import msgspec
import pytest

from imgproxy.settings import (
    ImageSettings,
    Limits,
    SettingsError,
    read,
    setting,
    size_bytes,
    table,
)


def test_without_variables_everything_has_its_default():
    settings = read(ImageSettings, {})
    assert settings == ImageSettings()
    assert settings.originals_place == "var/originals"
    assert settings.cache_tiers == "memory:128MB,disk:var/cache?max=5GB"


@pytest.mark.parametrize(
    ("variable", "came", "field", "value"),
    [
        ("DARKROOM_CLOUD", "villas", "cloud", "villas"),
        ("DARKROOM_API_KEY", "k", "api_key", "k"),
        ("DARKROOM_API_SECRET", "s", "api_secret", "s"),
        ("DARKROOM_DATA", "/srv", "data", "/srv"),
        ("DARKROOM_ORIGINALS", "s3://photos/a", "originals_place", "s3://photos/a"),
        ("DARKROOM_DATA", "/srv", "originals_place", "/srv/originals"),
        ("DARKROOM_DATA", "/srv", "cache_tiers", "memory:128MB,disk:/srv/cache?max=5GB"),
        ("DARKROOM_CACHE", "memory:1MB", "cache_tiers", "memory:1MB"),
        ("DARKROOM_RENDERERS", "3", "renderers", 3),
        ("DARKROOM_RENDERERS", " 3 ", "renderers", 3),
        ("DARKROOM_RENDERERS", "", "renderers", 0),
        ("DARKROOM_RENDERERS", "   ", "renderers", 0),
        ("DARKROOM_STRICT", "1", "strict", True),
        ("DARKROOM_STRICT", "0", "strict", False),
        ("DARKROOM_STRICT", "true", "strict", True),
        ("REDIS_URL", "redis://127.0.0.1", "redis_url", "redis://127.0.0.1"),
        ("DARKROOM_FETCH_ALLOW", "*.example.com", "fetch_allow", "*.example.com"),
        ("DARKROOM_MAX_COMPONENTS", "5", "limits", Limits(max_components=5)),
        ("DARKROOM_RENDER_TIMEOUT_S", "2.5", "limits", Limits(render_timeout_s=2.5)),
    ],
)
def test_a_variable_sets_its_field(variable, came, field, value):
    assert getattr(read(ImageSettings, {variable: came, "HOME": "/"}), field) == value


@pytest.mark.parametrize(
    ("variable", "came", "sentence"),
    [
        ("DARKROOM_RENDERERS", "many", "DARKROOM_RENDERERS='many' is not valid: expected int"),
        ("DARKROOM_RENDERERS", "1.5", "DARKROOM_RENDERERS='1.5' is not valid: expected int"),
        ("DARKROOM_RENDERERS", "-1", "DARKROOM_RENDERERS='-1' is not valid: expected int >= 0"),
        ("DARKROOM_STRICT", "perhaps", "DARKROOM_STRICT='perhaps' is not valid: expected bool"),
        ("DARKROOM_STRICT", "2", "DARKROOM_STRICT='2' is not valid: expected bool"),
        ("DARKROOM_MAX_FRAMES", "0", "DARKROOM_MAX_FRAMES='0' is not valid: expected int >= 1"),
        ("DARKROOM_MAX_FRAMES", "0x9", "DARKROOM_MAX_FRAMES='0x9' is not valid: expected int"),
        ("DARKROOM_FETCH_TIMEOUT_S", "0", "DARKROOM_FETCH_TIMEOUT_S='0' is not valid: expected float > 0.0"),
        ("DARKROOM_FETCH_TIMEOUT_S", "soon", "DARKROOM_FETCH_TIMEOUT_S='soon' is not valid: expected float"),
        ("DARKROOM_FETCH_TIMEOUT_S", "nan", "DARKROOM_FETCH_TIMEOUT_S='nan' is not valid: expected float > 0.0"),
        ("DARKROOM_FETCH_TIMEOUT_S", "inf", "DARKROOM_FETCH_TIMEOUT_S='inf' is not valid: expected a finite number"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_one_line_that_names_the_variable(variable, came, sentence):
    with pytest.raises(SettingsError) as caught:
        read(ImageSettings, {variable: came})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("came", "size"),
    [
        ("4096", 4096), ("0", 0), ("1B", 1), ("1KB", 1000), ("128MB", 128_000_000), ("5GB", 5_000_000_000),
        ("2T", 2_000_000_000_000), ("2TB", 2_000_000_000_000), ("1.5GB", 1_500_000_000), ("128mb", 128_000_000), (" 5 GB ", 5_000_000_000),
    ],
)  # fmt: skip
def test_sizes_have_decimal_units(came, size):
    assert size_bytes("X", came) == size


@pytest.mark.parametrize(
    "came", ["", "MB", "-1MB", "1e3", "1MiB", "a lot", "1.2.3GB", ".", "²GB", "٣MB", "nan"]
)
def test_a_wrong_size_is_refused(came):
    with pytest.raises(SettingsError) as caught:
        size_bytes("DARKROOM_CACHE", came)
    assert str(caught.value) == (
        f"DARKROOM_CACHE={came!r} is not valid: expected a size such as 128MB or 5GB"
    )


def test_the_table_has_every_variable_once_with_a_meaning():
    rows = list(table(ImageSettings))
    variables = [variable for variable, _, _ in rows]
    assert len(variables) == len(set(variables)) == len(fields(ImageSettings))
    assert all(meaning for _, _, meaning in rows)


def fields(kind):
    return [
        field
        for outer in msgspec.structs.fields(kind)
        for field in (fields(outer.type) if outer.name == "limits" else [outer.name])
    ]


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        ("DARKROOM_CLOUD", "`demo`"),
        ("DARKROOM_STRICT", "`0`"),
        ("DARKROOM_RENDERERS", "cores / workers, at least 1"),
        ("DARKROOM_MAX_OUTPUT_PIXELS", "`25000000`"),
        ("DARKROOM_RENDER_TIMEOUT_S", "`10.0`"),
        ("REDIS_URL", "unset"),
    ],
)
def test_the_table_shows_defaults_as_they_would_be_written(variable, shown):
    assert {row[0]: row[1] for row in table(ImageSettings)}[variable] == shown


def test_a_struct_may_hold_another_and_bounds_are_kept():
    class Inner(msgspec.Struct):
        depth: Annotated[int, setting("DEPTH", "how deep", ge=1)] = 2

    class Outer(msgspec.Struct):
        inner: Inner = msgspec.field(default_factory=Inner)

    assert read(Outer, {"DEPTH": "7"}).inner.depth == 7
    with pytest.raises(SettingsError, match=r"^DEPTH='0' is not valid: expected int >= 1$"):
        read(Outer, {"DEPTH": "0"})
