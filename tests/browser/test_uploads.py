"""Photos come in: a folder, a zip, a connection that breaks, and files that are there already."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import Product, picture, sign_in, too_early, watch
from tests.browser.test_journey import A_MINUTE, choose, create_model
from tests.builders.library import coco, photo
from tests.formats.files.zip_files import zipped

ZONE = "#add-photos"
IMAGES = re.compile(r"/images(\?|$)")
"""Where photos are sent to, their names behind it."""
FILES = f"{ZONE} .upload-zone input[type=file]"


@pytest.fixture(scope="module")
def page(browser: Browser, product: Product) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    faults = watch(page, product.address)
    sign_in(page, product)
    yield page
    page.close()
    assert not faults, faults


def open_images(page: Page, product: Product, name: str) -> None:
    page.goto(product.address)
    create_model(page, name)
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("link", name=re.compile("^Images")).click()
    expect(page.get_by_role("heading", name="Images")).to_be_visible()


def made(folder: Path, *shades: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{shade:03}.png" for shade in shades]
    for path, shade in zip(paths, shades, strict=True):
        path.write_bytes(photo(shade))
    return paths


def count_of_tab(page: Page) -> str:
    return page.locator(".tab[aria-current=page] .tab-count").inner_text()


def test_a_folder_is_taken_and_what_is_there_is_not_sent_again(
    page: Page, product: Product, tmp_path: Path
) -> None:
    open_images(page, product, "Folder")
    made(tmp_path / "day", 1, 2, 3)
    made(tmp_path / "day" / "deep", 4)
    (tmp_path / "day" / "notes.txt").write_text("not a photo")
    page.wait_for_load_state("load")
    page.locator("#add-photos [data-folder]").set_input_files(tmp_path / "day")
    expect(page.locator(f"{ZONE} .upload-result")).to_have_text(
        re.compile("4 added.*left out because they are no photos: 1"), timeout=A_MINUTE
    )
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("4")

    # Another photo of a name that is there: its folder in front tells them apart.
    page.reload()
    made(tmp_path / "night", 6)[0].rename(tmp_path / "night" / "001.png")
    page.wait_for_load_state("load")
    page.locator("#add-photos [data-folder]").set_input_files(tmp_path / "night")
    row = page.locator(f"{ZONE} .upload-file", has_text="001.png")
    expect(row).to_contain_text("added as night_001.png", timeout=A_MINUTE)

    page.reload()
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and IMAGES.search(request.url):
            sent.append(request.url)

    page.on("request", note)
    [new] = made(tmp_path / "more", 5)
    choose(page, FILES, [*sorted((tmp_path / "day").glob("*.png")), new])
    expect(page.locator(f"{ZONE} .upload-result")).to_have_text(
        re.compile("1 added · 3 already there"), timeout=A_MINUTE
    )
    page.remove_listener("request", note)
    assert len(sent) == 1, "only the new one was sent"
    picture(page, "upload-known")


def drop(page: Page, zone: str, *paths: Path) -> None:
    """Files and folders, as a person drags them out of a window of the system."""
    page.wait_for_load_state("load")
    place = page.locator(zone).bounding_box()
    assert place
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    point = {"x": place["x"] + place["width"] / 2, "y": place["y"] + place["height"] / 2, "data": data}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **point})
    session.detach()


def test_folders_and_files_are_dropped(page: Page, product: Product, tmp_path: Path) -> None:
    """More than the hundred files that a browser lists at once."""
    open_images(page, product, "Dropped")
    made(tmp_path / "day", *range(100, 205))
    made(tmp_path / "day" / "deep", 205)
    (tmp_path / "day" / "notes.txt").write_text("not a photo")
    [loose] = made(tmp_path / "loose", 206)
    litter = tmp_path / "loose" / "Thumbs.db"
    litter.write_bytes(b"of the system")
    # With its folders the name is longer than an address may be.
    made(tmp_path.joinpath("day", *["很長的資料夾" * 12] * 8), 211)
    drop(page, f"{ZONE} .upload-zone", tmp_path / "day", loose, litter)
    expect(page.locator(f"{ZONE} .upload-result")).to_have_text(
        re.compile("108 added.*left out because they are no photos: 2"), timeout=A_MINUTE
    )
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("108")

    # Labels and their photos in a folder each, onto the other zone.
    made(tmp_path / "set" / "images", 207)
    (tmp_path / "set" / "labels").mkdir()
    (tmp_path / "set" / "labels" / "l.json").write_bytes(coco("207.png"))
    drop(page, "#coco-upload .upload-zone", tmp_path / "set")
    expect(page.locator("#import-page")).to_contain_text("fig", timeout=A_MINUTE)
    expect(page.locator("#import-page")).to_contain_text("new photo")


def test_what_is_dropped_before_the_scripts_of_the_zone_have_come_is_taken(
    page: Page, product: Product, tmp_path: Path
) -> None:
    held: list[Route] = []
    page.route("**/upload/form.js", lambda route: held.append(route))
    try:
        with too_early(page):
            open_images(page, product, "Early")
            drop(page, f"{ZONE} .upload-zone", *made(tmp_path / "loose", 208))
            made(tmp_path / "day", 209, 210)
            drop(page, f"{ZONE} .upload-zone", tmp_path / "day")
            # The whole page takes it.
            drop(page, "h1", *made(tmp_path / "beside", 212))
    finally:
        for route in held:
            route.continue_()
        page.unroute("**/upload/form.js")
    expect(page.locator(f"{ZONE} .upload-result")).to_have_text(re.compile("added"), timeout=A_MINUTE)
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("4")


def test_a_broken_connection_is_tried_again_by_itself_and_then_by_hand(
    page: Page, product: Product, tmp_path: Path
) -> None:
    open_images(page, product, "Broken")
    files = made(tmp_path, *range(10, 16))
    broken = {"left": 2}

    def breaks(route: Route) -> None:
        if route.request.method == "POST" and broken["left"] > 0:
            broken["left"] -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(IMAGES, breaks)
    choose(page, FILES, files[:3])
    expect(page.locator(f"{ZONE} .upload-result")).to_contain_text("The connection broke. It is tried again")
    expect(page.locator(f"{ZONE} .upload-result")).to_contain_text("3 added", timeout=A_MINUTE)

    broken["left"] = 1_000
    choose(page, FILES, files[3:])
    retry = page.get_by_role("button", name="Send again")
    # The wait ends as soon as the browser says that the network is back.
    for _number in range(100):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        if retry.is_visible():
            break
        page.wait_for_timeout(50)
    expect(retry).to_contain_text("3")
    expect(page.locator(ZONE)).to_have_attribute("data-state", "failed")
    picture(page, "upload-failed")
    broken["left"] = 0
    retry.click()
    expect(page.locator(f"{ZONE} .upload-result")).to_contain_text("3 added", timeout=A_MINUTE)
    expect(retry).to_be_hidden()
    page.unroute(IMAGES)
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("6")


def test_a_zip_is_unpacked_with_a_report(page: Page, product: Product, tmp_path: Path) -> None:
    open_images(page, product, "Zip")
    packed = tmp_path / "day.zip"
    packed.write_bytes(zipped(*((f"{n}.png", photo(n)) for n in range(30, 35)), ("bad.jpg", b"no picture")))
    choose(page, FILES, [packed])
    report = page.locator("#photo-runs")
    expect(report).to_contain_text("This is not a picture", timeout=A_MINUTE)
    expect(report).to_contain_text("photos added")
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("5", timeout=A_MINUTE)
    expect(page.locator(".photo-grid > li")).to_have_count(5)
    picture(page, "upload-zip")
    assert not (faults := faults_of(page)), "\n".join(faults)


def test_thousands_of_files_are_counted_not_listed_and_can_be_stopped(
    page: Page, product: Product, tmp_path: Path
) -> None:
    open_images(page, product, "Many")
    page.wait_for_load_state("load")
    waits: list[Route] = []
    page.route(
        IMAGES,
        lambda route: waits.append(route) if route.request.method == "POST" else route.continue_(),
    )
    page.evaluate(
        """selector => {
            const transfer = new DataTransfer();
            for (let n = 0; n < 5000; n += 1) transfer.items.add(new File([`${n}`], `${n}.jpg`));
            const input = document.querySelector(selector);
            input.files = transfer.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        FILES,
    )
    expect(page.locator(f"{ZONE} .upload-far")).to_contain_text("/ 5000 files", timeout=A_MINUTE)
    assert page.locator(f"{ZONE} .upload-file").count() < 50
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(f"{ZONE} .upload-result")).to_contain_text("5000 not sent", timeout=A_MINUTE)
    assert page.locator(f"{ZONE} .upload-file").count() <= 500
    page.unroute(IMAGES)
