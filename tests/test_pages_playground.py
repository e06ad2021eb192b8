"""The playground, its explanations, the contact sheet, and errors as pages: what the server says.  How it is handled with
hands and keys is `test_browser`'s."""

import json

import pytest
import pytest_asyncio

from api.app import create_app
from api.contact_sheet import plates
from api.controls import cards, spelled, tools
from api.examples import head_of
from api.playground import EXAMPLES
from api.seed import DemoPhoto, seed
from api.settings import load
from imgproxy.grammar import parse
from imgproxy.operations import BY_HEAD, CLAIMS
from imgproxy.step import Phase, fields
from tests import databases, goldens
from tests.services import client_of
from tests.test_pages import Elements

BASE = "/demo/image/upload/"
PHOTO = "homes/one.jpg"
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
IMAGE = {"accept": "image/avif,image/webp,*/*;q=0.8"}


@pytest_asyncio.fixture(scope="module")
async def client(tmp_path_factory):
    """The whole service over one original of 96 by 72 pixels."""
    folder = tmp_path_factory.mktemp("playground")
    (folder / "originals" / "homes").mkdir(parents=True)
    goldens.photo().jpegsave(str(folder / "originals" / PHOTO), Q=90)
    async with databases.migrated(f"sqlite:///{folder / 'darkroom.sqlite'}"):
        await seed(3, [DemoPhoto("homes/one", 96, 72, "One", "exterior", "#808080", "")])
    environment = {"DARKROOM_DATA": str(folder), "DARKROOM_RENDERERS": "1"}
    async with client_of(create_app(load(environment))) as client:
        yield client


async def explained(client, transformation, photo=PHOTO):
    answer = await client.get(
        "/api/explain", params={"transformation": transformation, "photo": photo}, headers=IMAGE
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def declarations(html):
    return json.loads(html.partition('id="declarations">')[2].partition("</script>")[0])


# --- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("c_fill,w_300,e_sepia", ["c_fill,w_300", "e_sepia"]),
        ("e_sepia:80", ["e_sepia"]),
        ("w_300", ["c_scale,w_300"]),
        ("f_auto/c_fit,h_20", ["c_fit,h_20", "f_auto"]),
        ("r_20,bo_2px_solid_red", ["bo_2px_solid_rgb:ff0000,r_20"]),
        ("e_fill_light:100:20", ["e_fill_light::20"]),
        ("l_logo,w_20", ["l_logo/c_scale,w_20/fl_layer_apply"]),
        ("c_scale,w_iw_div_2", ["c_scale,w_iw_div_2"]),
        ("if_w_gt_10,e_sepia", ["if_w_gt_10/e_sepia:80/if_end"]),
    ],
)
def test_a_text_becomes_cards(text, written):
    assert [card.text for card in cards(parse(text))] == written


@pytest.mark.parametrize(("step", "example"), goldens.EXAMPLES)
def test_what_the_cards_write_means_what_was_read(step, example):
    meaning = parse(example)
    written = "/".join(card.text for card in cards(meaning))
    assert list(parse(written).operations()) == list(meaning.operations())


@pytest.mark.parametrize("step", CLAIMS, ids=head_of)
def test_every_operation_is_a_tool_with_a_control_for_each_value(step):
    tool = next(tool for tool in tools() if tool.id == head_of(step))
    assert [control.name for control in tool.controls] == [spec.name for spec in fields(step)]
    parse(tool.start.text)
    if tool.start.tool:
        assert spelled(BY_HEAD[tool.id], tool.start.name, tool.start.values) == tool.start.text


def test_controls_follow_the_declaration():
    controls = {tool.id: {one.name: one for one in tool.controls} for tool in tools()}
    blur = controls["e_blur"]["strength"]
    assert (blur.kind, blur.minimum, blur.maximum, blur.default) == ("slider", 1, 2000, "100")
    assert controls["f"]["format"].kind == "choice"
    assert "avif" in controls["f"]["format"].choices
    assert controls["e_colorize"]["colour"].kind == "colour"
    assert "north_west" in controls["c_fill"]["gravity"].choices
    assert controls["c_fill"]["width"].kind == "length"
    assert controls["r"]["radii"].choices[:2] == ("20", "max")


# --- explanations ----------------------------------------------------------------------------------------------------


async def test_a_text_is_explained_with_the_facts_of_its_picture(client):
    said = await explained(client, "w_48,h_24,c_fill,e_sepia/f_auto")
    assert said["canonical"] == "c_fill,e_sepia:80,h_24,w_48/f_auto"
    assert [card["tool"] for card in said["cards"]] == ["c_fill", "e_sepia", "f"]
    assert said["cards"][0]["values"] == {"width": "48", "height": "24"}
    picture = await client.get(f"{BASE}w_48,h_24,c_fill,e_sepia/f_auto/{PHOTO}", headers=IMAGE)
    assert (said["width"], said["height"]) == (48, 24)
    assert said["bytes"] == len(picture.content)
    assert said["media_type"] == picture.headers["content-type"]


@pytest.mark.parametrize("text", ["", "c_scale,w_20", "c_scale,w_20%2Ch_9", "$a_3/w_$a"])
async def test_a_whole_url_is_taken_apart(client, text):
    said = await explained(client, f"/{text}//v12/{PHOTO}", photo="")
    assert said["transformation"] == text
    assert said["name"] == f"v12/{PHOTO}"


@pytest.mark.parametrize(
    ("text", "parameter", "came"),
    [("c_fill,w_x", "w", "x"), ("e_blur:0", "e_blur", "0"), ("zz", "", "")],
)
async def test_a_mistake_is_told_by_its_parameter(client, text, parameter, came):
    said = await explained(client, f"{text}/w_10")
    assert said.get("error"), said
    assert (said["parameter"], said["came"]) == (parameter, came)
    assert bool(said["expected"]) == bool(parameter)


async def test_a_text_is_explained_without_a_picture(client):
    answer = await client.get(
        "/api/explain",
        params={"transformation": "w_9", "photo": "homes/none.jpg", "facts": "false"},
    )
    assert answer.json()["canonical"] == "c_scale,w_9"
    assert answer.json()["width"] is None


async def test_what_is_not_there_is_told_as_such(client):
    said = await explained(client, "w_10", "homes/none.jpg")
    assert said["status"] == 404
    assert "homes/none" in said["error"]


@pytest.mark.parametrize("text", ["l_private:homes:one,w_9", "l_fetch:aHR0cDovLzEyNy4wLjAuMS8,w_9"])
async def test_nothing_is_made_of_what_needs_a_signature(client, text):
    said = await explained(client, text)
    assert said.get("error") or said["width"] is None


# --- the page --------------------------------------------------------------------------------------------------------


async def test_without_scripts_the_page_shows_the_picture(client):
    html = (await client.get("/playground?transformation=c_scale,w_40", headers=HTML)).text
    shown = next(one for one in Elements(html).all("img") if one.get("id") == "picture")
    assert shown["src"] == f"{BASE}c_scale,w_40/{PHOTO}"
    assert Elements(html).all("form", method="get", action="/playground")


async def test_without_scripts_a_mistake_is_a_sentence(client):
    html = (await client.get("/playground?transformation=c_scale,w_x", headers=HTML)).text
    assert "Invalid w: &#39;x&#39;" in html


async def test_what_is_typed_never_becomes_markup(client):
    bad = '"></textarea><script>alert(1)</script>'
    answer = await client.get("/playground", params={"transformation": bad, "own": bad})
    assert "<script>alert" not in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]


async def test_the_declarations_in_the_page_are_those_of_the_registry(client):
    html = (await client.get("/playground")).text
    found = declarations(html)
    assert [tool["id"] for tool in found["tools"]] == [tool.id for tool in tools()]
    assert not any("_sample" in tool["start"]["text"] for tool in found["tools"])
    assert {option["value"] for option in Elements(html).all("option")} == {
        tool.id for tool in tools()
    }


@pytest.mark.parametrize("text", [text for _, text in EXAMPLES], ids=[name for name, _ in EXAMPLES])
async def test_every_starting_point_has_a_picture(client, text):
    said = await explained(client, text)
    assert said["bytes"] > 0, said


# --- the contact sheet -----------------------------------------------------------------------------------------------


async def test_the_contact_sheet_has_every_example_of_every_operation_with_pixels(client):
    html = (await client.get("/docs/effects")).text
    elements = Elements(html)
    copies = {button["data-copy"] for button in elements.all("button")}
    for step in (step for step in CLAIMS if step.phase is not Phase.DIRECTIVE):
        assert elements.all("section", id=head_of(step))
        for example in step.examples:
            assert example in copies or any(
                one.startswith(example.partition("_sample")[0]) for one in copies
            )
    pictures = elements.all("img")
    assert len(pictures) > 100
    assert {one.get("loading") for one in pictures[20:]} == {"lazy"}
    assert all(one["src"].startswith(f"{BASE}c_limit,h_480,w_360/") for one in pictures)


@pytest.mark.parametrize("plate", plates(), ids=lambda plate: plate.head)
async def test_every_picture_of_the_contact_sheet_comes(client, plate):
    html = (await client.get("/docs/effects")).text
    section = html.partition(f'<section class="strip-of" id="{plate.head}"')[2]
    for image in Elements(section.partition("</section>")[0]).all("img"):
        answer = await client.get(image["src"])
        assert answer.status_code == 200, (image["src"], answer.headers.get("x-cld-error"))


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nowhere", "/docs/nothing", "/static/none.css"])
async def test_who_reads_html_gets_a_page_and_others_a_problem(client, path):
    page = await client.get(path, headers=HTML)
    assert page.status_code == 404
    assert "Out of the frame" in page.text
    problem = await client.get(path, headers={"accept": "*/*"})
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    for answer in (page, problem):
        assert "accept" in answer.headers["vary"].split(", ")
        assert answer.headers["cache-control"] == "no-store"


async def test_the_api_answers_everybody_alike(client):
    answer = await client.get("/api/properties/999", headers=HTML)
    assert answer.headers["content-type"] == "application/problem+json"
