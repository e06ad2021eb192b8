"""Keeping listings in a browser: signing in, photos coming in, in order, with words and a point that matters."""

import re

import pytest
import pyvips
from playwright.async_api import expect

from tests.browsing import DESK, PHONE, browser, looking, portal  # noqa: F401  fixtures among them

# the page tells of these; a picture that is still on its way when its photo goes is 404
ERRORS_ARE_SHOWN = re.compile("400|401|404|409")


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "new room.jpg"
    texture = pyvips.Image.perlin(800, 600, cell_size=90, uchar=True, seed=5)
    texture.bandjoin([texture.rot180(), texture.fliphor()]).copy(interpretation="srgb").jpegsave(
        str(path)
    )
    return path


async def sign_in(page, path):
    await page.get_by_label("API key").fill("demo-key")
    await page.get_by_label("API secret").fill("demo-secret")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"**{path}")


async def order(page):
    photos = await page.locator("[data-photo]").all()
    return [await photo.get_attribute("data-photo") for photo in photos]


async def test_photos_come_in_and_are_worked_on(browser, portal, photo, tmp_path):
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")
    forgiven = ERRORS_ARE_SHOWN
    async with looking(browser, portal, "/manage/2", DESK, forgiven=forgiven) as page:
        await sign_in(page, "/manage/2")
        prints = page.locator(".prints > li")
        count = await prints.count()
        await page.locator(".drop input").set_input_files([text, photo])
        await expect(prints).to_have_count(count + 1)
        await expect(page.locator(".uploads li")).to_have_count(1)
        await expect(page.locator(".uploads")).to_contain_text("notes.jpg")
        new = prints.last
        await expect(new.get_by_text("no words yet")).to_be_visible()

        await new.get_by_label("What it shows").fill("A room in clouds")
        await page.keyboard.press("Tab")
        await expect(new.get_by_text("no words yet")).to_have_count(0)

        point = new.locator(".point")
        box = await point.bounding_box()
        assert box is not None
        await point.click(position={"x": box["width"] / 4, "y": box["height"] / 2})
        await expect(point).to_have_attribute("data-x", "0.25")
        await point.press("ArrowLeft")
        await expect(point).to_have_attribute("data-x", "0.2")

        before = await order(page)
        async with page.expect_response("**/images/order"):
            await new.locator(".move").press("ArrowLeft")
        moved = [*before[:-2], before[-1], before[-2]]
        await page.reload()
        assert await order(page) == moved

        page.once("dialog", lambda dialog: dialog.accept())
        await prints.nth(count - 1).get_by_role("button", name="Delete photo").click()
        await expect(prints).to_have_count(count)


async def test_a_photo_is_dragged_to_the_front(browser, portal):
    async with looking(browser, portal, "/manage/3", DESK, forgiven=ERRORS_ARE_SHOWN) as page:
        await sign_in(page, "/manage/3")
        before = await order(page)
        first = page.locator("[data-photo]").first
        async with page.expect_response("**/images/order"):
            await page.locator("[data-photo] .move").nth(1).drag_to(first.locator(".point"))
        await page.reload()
        assert await order(page) == [before[1], before[0], *before[2:]]


async def test_a_home_is_made_changed_and_deleted_on_a_phone(browser, portal):
    async with looking(browser, portal, "/manage/new", PHONE, forgiven=ERRORS_ARE_SHOWN) as page:
        await sign_in(page, "/manage/new")
        await page.get_by_label("Title").fill("A new home")
        await page.get_by_role("button", name="Make this home").click()
        await expect(page.get_by_role("status").last).to_contain_text("location.city")
        await page.get_by_label("Price").fill("$ 123,456.50")
        await page.get_by_label("City").fill("Boise")
        await page.get_by_label("Visitors can see it").uncheck()
        await page.get_by_role("button", name="Make this home").click()
        await page.wait_for_url(re.compile(r"/manage/\d+$"))
        await expect(page.get_by_label("Price")).to_have_value("123456.50")
        await page.get_by_label("Title").fill("A newer home")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".said")).to_have_text("Saved. Visitors see it now.")
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Delete this home").click()
        await page.wait_for_url("**/manage")
        await expect(page.get_by_text("A newer home")).to_have_count(0)
