"""A zip of photos and a VIA project: from the drop zone over the preview to the report, and to the page of exports."""

import csv
import json
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import Product, picture, sign_in, watch
from tests.browser.test_journey import A_MINUTE, choose, create_model

PHOTOS = 4


def via_zip(folder: Path, target: Path) -> Path:
    """Some photos with their project, in folders; the project lists more photos than that."""
    entries = json.loads((folder / "annotations_via.json").read_text())
    entries = entries.get("_via_img_metadata", entries)
    listed = [entry["filename"] for entry in entries.values()]
    project = json.dumps({"_via_settings": {}, "_via_img_metadata": entries})
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("export/labels/project.json", project)
        archive.writestr("__MACOSX/export/._project.json", b"\0\5\x16\7")
        archive.writestr("export/labels/one_more.json", _one_more(listed[0]))
        for name in listed[:PHOTOS]:
            archive.write(next(folder.rglob(name)), f"export/photos/{name}")
    return target


def _one_more(name: str) -> str:
    """COCO with one label for a photo that the project labels too."""
    triangle = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 20, 1, 1, 20]]}
    images, categories = [{"id": 1, "file_name": name}], [{"id": 1, "name": "Scratch"}]
    return json.dumps({"images": images, "categories": categories, "annotations": [triangle]})


def tile(page: Page, label: str) -> int:
    text = page.locator(".tile", has_text=label).locator(".tile-value").first.inner_text()
    return int(re.match(r"\d+", text).group())  # type: ignore[union-attr]


def test_a_zip_with_a_via_project(
    browser: Browser, product: Product, shared_data: Path, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US", accept_downloads=True)
    faults = watch(page, product.address)
    sign_in(page, product)
    create_model(page, "Ball screw")
    page.get_by_role("link", name="Ball screw").first.click()
    page.get_by_role("link", name=re.compile("^Images")).click()
    page.get_by_role("navigation", name="Splits").get_by_role("link", name="For checking").click()
    choose(
        page,
        "[data-coco-upload] input[type=file]",
        [via_zip(shared_data / "bsdata" / "val", tmp_path / "set.zip")],
    )
    expect(page.locator("#preview-title")).to_be_visible(timeout=2 * A_MINUTE)
    address = page.url
    assert tile(page, "new photos") == PHOTOS
    assert tile(page, "labels") >= PHOTOS
    assert not faults_of(page)
    picture(page, "import-preview")

    # The address is all it takes to come back.
    page.goto(product.address)
    page.goto(address)
    # A changed answer makes the preview again.
    labels = tile(page, "labels") - 1
    page.get_by_label("Take the first set", exact=False).check()
    expect(page.locator(".tile", has_text="labels").locator(".tile-value").first).to_have_text(str(labels))
    expect(page.get_by_label("Take the first set", exact=False)).to_be_checked()
    assert not faults_of(page)
    page.get_by_label("Name of the new category for", exact=False).first.fill("Pitting")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#report-title")).to_be_visible(timeout=A_MINUTE)
    assert (tile(page, "photos added"), tile(page, "labels taken")) == (PHOTOS, labels)
    expect(page.locator("main")).to_contain_text("Pitting")
    assert not faults_of(page)
    picture(page, "import-report")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Report as a table").click()
    rows = list(csv.DictReader(waiting.value.path().read_text("utf-8-sig").splitlines()))
    assert {row["What"] for row in rows} >= {"Photo is listed but was not added"}
    page.get_by_role("link", name="To the photos").click()
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text(str(PHOTOS))
    expect(page.locator(".photo-grid")).not_to_contain_text("Unlabelled")
    # What a format holds otherwise is said as soon as it is chosen.
    page.goto(re.sub(r"(/models/\d+).*", r"\1/exports", page.url))
    expect(page.locator("#export-losses")).to_contain_text("This format holds all")
    page.get_by_label("Pascal VOC").check()
    expect(page.locator("#export-losses")).to_contain_text("as the pixels inside")
    assert not faults_of(page)
    assert not faults
    page.close()
