"""The photos of a model by hand: ticking by mouse and keyboard, delete mode, moving, filters, the large view."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import Product, sign_in, watch
from tests.browser.test_journey import A_MINUTE, choose, create_model
from tests.browser.test_uploads import FILES, drop, made

WORDS = {
    "en-US": {
        "delete": "Delete photos",
        "cancel": "Cancel deletion",
        "confirm": "Confirm deletion",
        "undo": "Undo",
        "page": "Select this page",
    },
    "zh-TW": {
        "delete": "刪除照片",
        "cancel": "取消刪除",
        "confirm": "確定刪除",
        "undo": "復原",
        "page": "全選此頁",
    },
}


@pytest.fixture(scope="module")
def gallery(browser: Browser, product: Product, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the images of a model with twelve photos; the administrator exists."""
    page = browser.new_page(locale="en-US")
    sign_in(page, product)
    create_model(page, "Gallery")
    page.get_by_role("link", name="Gallery").first.click()
    page.get_by_role("link", name=re.compile("^Images")).click()
    expect(page.get_by_role("heading", name="Images")).to_be_visible()
    choose(page, FILES, made(tmp_path_factory.mktemp("photos"), *range(12)))
    expect(page.locator(".photo-grid > li")).to_have_count(12, timeout=A_MINUTE)
    address = page.url
    page.close()
    return address


def opened(
    browser: Browser, product: Product, gallery: str, locale: str, width: int
) -> tuple[Page, list[str]]:
    page = browser.new_page(locale=locale, viewport={"width": width, "height": 1000}, reduced_motion="reduce")
    faults = watch(page, product.address)
    page.goto(gallery)
    page.locator("[name=email]").fill("admin@factory.local")
    page.locator("[name=password]").fill("correct horse battery")
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".pick-page")).to_be_visible()
    return page, faults


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-TW", 820)])
def test_ticking_deleting_and_taking_back(
    browser: Browser, product: Product, gallery: str, locale: str, width: int
) -> None:
    words = WORDS[locale]
    page, faults = opened(browser, product, gallery, locale, width)
    ticks = page.locator(".photo-tick")
    count = page.locator("[data-count]")

    # A range: with the mouse, then with the keyboard alone.
    ticks.nth(1).check()
    ticks.nth(4).click(modifiers=["Shift"])
    expect(count).to_have_text("4")
    page.keyboard.press("Escape")
    expect(page.locator(".photo-tick:checked")).to_have_count(0)
    ticks.nth(2).focus()
    page.keyboard.press("Space")
    expect(count).to_have_text("1")
    page.get_by_label(words["page"]).check()
    expect(count).to_have_text("12")
    page.get_by_label(words["page"]).uncheck()

    # Delete mode: the first press shows the two buttons, cancelling undoes it.
    page.get_by_role("button", name=words["delete"]).click()
    expect(page.get_by_role("button", name=words["confirm"])).to_be_visible()
    page.locator("label.photo").nth(3).click()
    page.get_by_role("button", name=words["cancel"]).click()
    expect(page.get_by_role("button", name=words["delete"])).to_be_visible()
    expect(page.locator(".photo-tick:checked")).to_have_count(0)
    expect(page.locator(".photo-grid > li")).to_have_count(12)

    page.get_by_role("button", name=words["delete"]).click()
    expect(page.get_by_role("button", name=words["confirm"])).to_be_visible()
    for number in (0, 5):
        page.locator("label.photo").nth(number).click()
    expect(count).to_have_text("2")
    assert not (found := faults_of(page)), "\n".join(found)
    page.get_by_role("button", name=words["confirm"]).click()
    expect(page.locator(".photo-grid > li")).to_have_count(10)
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("10")
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.locator(".photo-grid > li")).to_have_count(12)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    assert not faults, faults
    page.close()


def test_moving_filtering_and_the_large_view(browser: Browser, product: Product, gallery: str) -> None:
    page, faults = opened(browser, product, gallery, "en-US", 1280)
    for number in (0, 1, 2):
        page.locator(".photo-tick").nth(number).check()
    page.get_by_role("button", name="For checking validation").click()
    expect(page.locator(".photo-grid > li")).to_have_count(9)
    page.get_by_role("navigation", name="Splits").get_by_role("link", name="For checking").click()
    expect(page.locator(".photo-grid > li")).to_have_count(3)

    page.wait_for_load_state("load")
    page.locator("[popovertarget=more-filters]").click()
    page.get_by_label("Order").select_option("name")
    expect(page).to_have_url(re.compile("sort=name"))
    page.get_by_placeholder("Part of the file name").fill("001")
    page.get_by_placeholder("Part of the file name").press("Enter")
    expect(page.locator(".photo-grid > li")).to_have_count(1)
    page.locator(".photo-grid a.photo").first.click()
    expect(page.get_by_role("heading", name="001.png")).to_be_visible()
    page.go_back()
    expect(page.locator(".photo-grid > li")).to_have_count(1)
    page.reload()
    expect(page.locator(".photo-grid > li")).to_have_count(1)
    assert not faults, faults
    page.close()


def test_the_keyboard_alone_goes_over_the_wall_and_ticks(
    browser: Browser, product: Product, gallery: str
) -> None:
    page, faults = opened(browser, product, gallery, "en-US", 1280)
    photos = page.locator(".photo-grid a.photo")
    # One of each other test may have gone to another tab.
    photos.first.focus()
    page.keyboard.press("ArrowRight")
    expect(photos.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("1")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-count]")).to_have_text("3")
    expect(photos.nth(3)).to_be_focused()
    page.keyboard.press("End")
    expect(photos.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".photo-view")).to_be_visible()
    expect(page.locator(".page-place")).to_have_text(re.compile(r"^\d+ / \d+$"))
    # The ticks are there when one comes back.
    page.goto(gallery)
    expect(page.locator("[data-count]")).to_have_text("3")
    page.locator(".photo-tick").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".photo-tick:checked")).to_have_count(0)
    assert not faults, faults
    page.close()


def test_what_is_dropped_anywhere_is_added_and_the_wall_is_shown_as_chosen(
    browser: Browser, product: Product, gallery: str, tmp_path: Path
) -> None:
    page, faults = opened(browser, product, gallery, "en-US", 1280)
    page.get_by_label("Size of the photos").fill("5")
    page.get_by_role("button", name="Draw the labels on the photos").click()
    page.reload()
    expect(page.locator(".photo-grid")).to_have_attribute("data-size", "5")
    expect(page.get_by_role("button", name="Draw the labels on the photos")).to_have_attribute(
        "aria-pressed", "true"
    )
    before = int(page.locator(".tab[aria-current=page] .tab-count").inner_text())
    page.wait_for_load_state("load")
    drop(page, ".photo-grid", *made(tmp_path, 250))
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text(str(before + 1))
    expect(page.locator("#add-photos .upload-result")).to_contain_text("1 added")
    page.locator("#add-photos [data-close-tray]").click()
    expect(page.locator("#add-photos .upload-tray")).to_be_hidden()
    # Where all went well a press beside it closes it too.
    drop(page, ".photo-grid", *made(tmp_path, 251))
    expect(page.locator("#add-photos .upload-result")).to_contain_text("1 added")
    page.mouse.click(8, 700)  # where nothing stands, below the steps
    expect(page.locator("#add-photos .upload-tray")).to_be_hidden()
    assert not faults, faults
    page.close()


@pytest.mark.slow
def test_the_pages_around_the_photos_keep_the_rules_of_accessibility(
    browser: Browser, product: Product, gallery: str, tmp_path: Path
) -> None:
    page, faults = opened(browser, product, gallery, "en-US", 820)
    ways = [link.get_attribute("href") for link in page.locator("nav.more-ways a").all()]
    found = faults_of(page)
    for address in ways:
        page.goto(f"{product.address}{address}")
        page.wait_for_load_state("networkidle")
        found += faults_of(page)
    assert not found, "\n".join(found)
    assert not faults, faults
    page.close()
