"""The portal as a person meets it, at the width of a phone and of a desk."""

import re

import pytest
from playwright.async_api import expect

from api.pictures import CARD, GALLERY
from tests.browsing import (  # noqa: F401  fixtures among them
    DESK,
    PHONE,
    SIZES,
    browser,
    looking,
    portal,
    see_all_pictures,
    until,
)


def column(viewport: int) -> float:
    """How wide a picture in the grid is to be."""
    columns = next(p.columns for p in reversed(CARD.breakpoints) if viewport >= p.min_width)
    content = min(viewport - 2 * CARD.padding, CARD.container or viewport)
    return (content - (columns - 1) * CARD.gutter) / columns


# --- every page ------------------------------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("path", ["/", "/properties/1"])
async def test_all_pictures_come_and_nothing_moves(browser, portal, viewport, path):
    async with looking(browser, portal, path, viewport) as page:
        await see_all_pictures(page)
        assert await page.evaluate("document.images.length") > 3
        # what is felt begins at 0.1; 0.0015 was counted once in some hundreds of visits, of what is not known
        assert await page.evaluate("window.shifted") < 0.005, await page.evaluate("window.moved")


@SIZES
@pytest.mark.parametrize(
    "path",
    ["/", "/?search=zzz", "/properties/1", "/docs", "/docs/effects", "/playground"],
    ids=lambda path: path,
)
async def test_no_page_is_wider_than_the_screen(browser, portal, viewport, path):
    async with looking(browser, portal, path, viewport) as page:
        assert await page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("path", ["/", "/properties/1", "/docs", "/docs/effects", "/playground"])
async def test_everything_on_a_phone_is_large_enough_to_touch(browser, portal, path):
    async with looking(browser, portal, path, PHONE) as page:
        small = await page.evaluate("""() => [...document.querySelectorAll("button, .button, select, input, summary")]
            .filter((one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }))
            .filter((one) => one.getBoundingClientRect().height < 44)
            .map((one) => one.outerHTML.slice(0, 80))""")
        assert small == []


# --- the grid --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 559, 560, 839, 840, 1119, 1120, 1280, 1600])
async def test_the_style_sheet_keeps_to_the_grid_that_sizes_are_computed_from(
    browser, portal, width
):
    async with looking(browser, portal, "/", {"width": width, "height": 900}) as page:
        real = await page.evaluate("document.images[0].getBoundingClientRect().width")
        assert real == pytest.approx(column(width), abs=0.05)


@SIZES
async def test_and_to_the_height_of_the_gallery(browser, portal, viewport):
    """The first home has an upright photo."""
    height = GALLERY.height
    assert height is not None
    async with looking(browser, portal, "/properties/1", viewport) as page:
        shown = await page.locator(".strip .upright img").first.evaluate(
            "(one) => [one.getBoundingClientRect().width, one.getBoundingClientRect().height]"
        )
    share_of_width = viewport["width"] * height.vw / 100
    share_of_height = viewport["height"] * height.vh / 100
    expected = max(height.least, min(share_of_width, share_of_height, height.most))
    assert shown == pytest.approx([expected * 0.75, expected], abs=0.1)


@pytest.mark.parametrize("path", ["/", "/properties/1"])
@pytest.mark.parametrize("density", [1, 2, 3])
@SIZES
async def test_the_picture_taken_is_sharp_and_not_half_more_than_is_shown(
    browser, portal, viewport, density, path
):
    """Beyond two device pixels per CSS pixel nobody sees more, so no more is taken."""
    async with looking(browser, portal, path, viewport, device_scale_factor=density) as page:
        await see_all_pictures(page)
        ratios = await page.evaluate("""() => [...document.images].filter((picture) => picture.src).map((picture) => {
            const offered = picture.srcset.split(", ");
            const taken = offered.find((c) => c.startsWith(
                decodeURI(picture.currentSrc).replace(location.origin, "").replaceAll(" ", "%20")));
            const shown = picture.getBoundingClientRect().width * Math.min(devicePixelRatio, 2);
            return [Number(taken.split(" ")[1].slice(0, -1)) / shown, taken === offered.at(-1)];
        })""")
        # the browser may take the nearest rung below when it is near enough
        assert min([1, *(ratio for ratio, is_all_there_is in ratios if not is_all_there_is)]) > 0.85
        assert max(ratio for ratio, _ in ratios) ** 2 < 1.5


@SIZES
async def test_filters_work_with_scripts_and_keep_the_address_short(browser, portal, viewport):
    async with looking(browser, portal, "/", viewport) as page:
        if viewport is PHONE:
            await page.locator("summary").click()
        async with page.expect_navigation():
            await page.get_by_label("Type").select_option("house")
        assert page.url.endswith("/?property_type=house")
        await expect(page.get_by_label("Type")).to_have_value("house")


@SIZES
async def test_filters_work_without_scripts(browser, portal, viewport):
    async with looking(browser, portal, "/", viewport, java_script_enabled=False) as page:
        await page.get_by_label("Search").fill("garden")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Search").click()
        assert "search=garden" in page.url
        assert "for “garden”" in await page.locator(".result h2").inner_text()


async def test_the_way_through_the_pages(browser, portal):
    async with looking(browser, portal, "/?ordering=price", PHONE) as page:
        await page.get_by_role("link", name="Next").click()
        await expect(page.locator(".card")).to_have_count(3)
        assert page.url.endswith("/?ordering=price&page=2")


# --- the gallery -----------------------------------------------------------------------------------------------------


async def test_the_gallery_is_walked_by_keyboard(browser, portal):
    async with looking(browser, portal, "/properties/1", DESK) as page:
        counter = page.locator(".stage [data-current]")
        count = await page.locator(".strip li").count()
        assert count > 2
        await page.locator(".strip").focus()
        await page.keyboard.press("ArrowRight")
        await expect(counter).to_have_text("2")
        await page.keyboard.press("End")
        await expect(counter).to_have_text(str(count))
        await until(
            page,
            "((s) => Math.abs(s.scrollLeft + s.clientWidth - s.scrollWidth) < 2)(document.querySelector('.strip'))",
        )
        await page.keyboard.press("Home")
        await expect(counter).to_have_text("1")
        await expect(page.locator(".thumbnails a").first).to_have_attribute("aria-current", "true")


async def test_a_photo_opens_whole_and_closes_again_by_keyboard(browser, portal):
    async with looking(browser, portal, "/properties/1", DESK) as page:
        first = page.locator(".strip a").first
        await first.focus()
        await page.keyboard.press("Enter")
        box = page.locator(".lightbox")
        await expect(box).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await expect(box.locator(".counter")).to_contain_text("2 /")
        await until(
            page,
            "((p) => p.complete && p.naturalWidth > 0)(document.querySelector('.lightbox img'))",
        )
        await page.keyboard.press("Escape")
        await expect(box).to_be_hidden()
        await expect(first).to_be_focused()


async def test_a_finger_moves_the_gallery(browser, portal):
    async with looking(browser, portal, "/properties/1", PHONE, has_touch=True) as page:
        await page.locator(".strip").evaluate("(s) => s.scrollTo({ left: s.clientWidth })")
        await expect(page.locator(".stage [data-current]")).to_have_text("2")
        await page.locator(".thumbnails a").nth(2).tap()
        await expect(page.locator(".stage [data-current]")).to_have_text("3")


async def test_without_scripts_thumbnails_and_photos_are_links(browser, portal):
    async with looking(browser, portal, "/properties/1", DESK, java_script_enabled=False) as page:
        await page.locator(".thumbnails a").nth(1).click()
        assert page.url.endswith("#photo-2")
        await expect(page.locator("#photo-2")).to_be_in_viewport()
        await expect(page.locator(".stage .turn").first).to_be_hidden()


# --- the documentation -----------------------------------------------------------------------------------------------


@SIZES
async def test_an_operation_is_found_by_typing(browser, portal, viewport):
    async with looking(browser, portal, "/docs", viewport) as page:
        await page.keyboard.press("/")
        await page.keyboard.type("e_sepia")
        await expect(page.locator(".operation:visible")).to_have_count(1)
        examples = page.locator(".operation:visible .plate img")
        await examples.first.scroll_into_view_if_needed()
        await until(page, "document.querySelector('#e_sepia .plate img').naturalWidth > 0")


# --- the playground --------------------------------------------------------------------------------------------------


@SIZES
async def test_controls_write_the_url_and_a_typed_url_becomes_controls(browser, portal, viewport):
    async with looking(browser, portal, "/playground", viewport) as page:
        cards, address = page.locator(".tool"), page.get_by_label("URL", exact=True)
        await expect(cards).to_have_count(4)
        await page.get_by_label("Add an operation").select_option("e_sepia")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(address).to_have_value(re.compile("e_vignette:30/e_sepia/f_auto"))
        await cards.nth(2).get_by_role("textbox", name="Level").fill("35")
        await cards.nth(2).get_by_role("button", name="Move up").click()
        await expect(address).to_have_value(re.compile("e_sepia:35/e_vignette:30/f_auto"))
        await expect(page.locator("#picture")).to_have_attribute("src", re.compile("e_sepia:35/"))
        await expect(page.locator(".formats li")).to_have_count(4)

        await address.fill("c_scale,w_120/e_blur:300")
        await expect(page.locator("[data-fact=size]")).to_have_text("120 × 90")
        await expect(cards).to_have_count(2)
        await expect(page.get_by_role("textbox", name="Strength")).to_have_value("300")
        assert "transformation=c_scale%2Cw_120%2Fe_blur%3A300" in page.url

        await address.fill("c_scale,w_many")
        await expect(page.get_by_role("alert")).to_contain_text("w cannot be many")


async def test_the_playground_is_worked_by_keyboard(browser, portal):
    async with looking(browser, portal, "/playground", DESK) as page:
        await expect(page.locator(".tool")).to_have_count(4)
        await page.locator(".tool").nth(1).get_by_role("button", name="Remove").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".tool")).to_have_count(3)
        assert await page.evaluate("document.activeElement.dataset.act") == "close"
        await page.get_by_role("radio", name="north west").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_label("URL", exact=True)).to_have_value(
            re.compile("g_north,|g_north/")
        )


async def test_without_scripts_the_playground_is_a_form(browser, portal):
    async with looking(browser, portal, "/playground", DESK, java_script_enabled=False) as page:
        await page.get_by_label("Transformation", exact=True).fill("c_scale,w_120")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Develop").click()
        picture = page.locator("#picture")
        assert "/c_scale,w_120/" in (await picture.get_attribute("src") or "")
        await expect(picture).to_be_visible()
