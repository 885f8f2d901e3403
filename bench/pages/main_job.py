"""The main job by mouse: create a model, add COCO, train, judge, predict, save. Each press is counted."""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bench.common.needed import playwright
from bench.common.shared_data import data_folder

MINUTES = 60_000
PARAMETERS = {"iterations": "40", "image_size": "128"}
"""Of a run that ends soon; filling them in is not counted, since the job takes the defaults."""


@dataclass
class Hand:
    """A person's mouse on a page."""

    page: playwright.Page
    presses: int = 0

    def press(self, *choices: playwright.Locator) -> None:
        """The first of these that is to be seen: a page may offer a shorter way than another one."""
        found = choices[0]
        for other in choices[1:]:
            found = found.or_(other)
        found.first.wait_for()
        next(one for one in choices if one.count()).first.click(timeout=MINUTES)
        self.presses += 1

    def choose(self, field: playwright.Locator, files: list[Path]) -> None:
        """One press opens the browser's own dialog, where the files are chosen."""
        self.page.wait_for_load_state("load")
        field.first.set_input_files(files)
        self.presses += 1


@dataclass(frozen=True)
class Addresses:
    """Of what the job has made."""

    model: str
    training: str
    result: str
    prediction: str


def one_category(folder: Path) -> list[Path]:
    """A COCO file of ``fruits_nuts`` in which everything is one category, and its photos; folders say the split."""
    source = data_folder("fruits_nuts")
    files = []
    for name, split in (("train13.json", "train"), ("heldback5.json", "test")):
        document = json.loads((source / name).read_text())
        document["categories"] = [{"id": 1, "name": "fruit"}]
        for annotation in document["annotations"]:
            annotation["category_id"] = 1
        parts = [("train", document["images"])]
        if split == "test":
            parts = [("validation", document["images"][:3]), ("test", document["images"][3:])]
        for part, images in parts:
            target = folder / part
            target.mkdir(parents=True, exist_ok=True)
            kept = {image["id"] for image in images}
            labels = [one for one in document["annotations"] if one["image_id"] in kept]
            (target / "labels.json").write_text(
                json.dumps(document | {"images": images, "annotations": labels})
            )
            files.append(target / "labels.json")
            for image in images:
                photo = target / Path(image["file_name"]).name
                photo.write_bytes((source / "data" / "images" / photo.name).read_bytes())
                files.append(photo)
    return files


def do_main_job(page: playwright.Page, address: str, folder: Path) -> tuple[int, Addresses]:
    """Presses from the list of models to the saved results, and where the results stand."""
    files = one_category(folder)
    hand = Hand(page)
    page.goto(address)
    if not page.get_by_label("Name").first.is_visible():
        hand.press(page.get_by_text("Create model"))
    page.get_by_label("Name").first.fill("Pages")
    straight = page.get_by_role("button", name="Create and add photos")
    leads_on = straight.count() > 0
    hand.press(straight, page.get_by_role("button", name="Create", exact=True))
    if not leads_on:
        hand.press(page.get_by_role("link", name="Pages"))
    page.wait_for_url("**/models/**")
    model = page.url.split("/models/")[1].split("/")[0]
    if not page.url.split("?")[0].endswith("/images"):
        hand.press(page.get_by_role("link", name=re.compile("^Images")))
        page.wait_for_url("**/images**")
    base = f"/models/{model}"
    _add_coco(hand, folder, files)
    training = _train(hand)
    result = page.url
    prediction = _predict(hand, files)
    return hand.presses, Addresses(address + base, training, result, prediction)


def _add_coco(hand: Hand, folder: Path, files: list[Path]) -> None:
    """A zip, as one file holds everything."""
    archive = folder / "fruit.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for file in files:
            written.write(file, file.relative_to(folder))
    hand.choose(hand.page.locator("[data-coco-upload] input[type=file]"), [archive])
    hand.press(hand.page.get_by_role("button", name="Import", exact=True))
    done = hand.page.get_by_text(re.compile("labels taken"))
    done.first.wait_for(timeout=2 * MINUTES)


def _train(hand: Hand) -> str:
    """Until the result is open; the address of the run while it was under way."""
    page = hand.page
    hand.press(page.get_by_role("link", name=re.compile("^Train ")))
    page.get_by_role("heading", name="Train", exact=True).wait_for()
    page.wait_for_load_state("load")
    page.evaluate(
        """values => { for (const [name, value] of Object.entries(values))
           document.querySelector(`[name=${name}]`).value = value; }""",
        PARAMETERS,
    )
    hand.press(page.get_by_role("button", name="Start training"))
    page.wait_for_url("**/training-runs/**")
    training = page.url
    # With all defaults the page leads to the result by a press.
    opened = page.get_by_role("link", name="Open the result").first
    opened.wait_for(timeout=10 * MINUTES)
    hand.press(opened)
    page.get_by_role("heading", name="Training result").wait_for()
    return training


def _predict(hand: Hand, files: list[Path]) -> str:
    page = hand.page
    hand.press(page.get_by_role("link", name="Predict with these weights"))
    page.get_by_role("heading", name="Predict", exact=True).wait_for()
    photos = [file for file in files if file.suffix == ".jpg"][:8]
    page.evaluate("document.querySelector('[name=score_threshold]').value = '0.05'")
    hand.choose(page.locator("#photos-upload input[type=file]"), photos)
    hand.press(page.locator("button:not([disabled])", has_text="Start prediction"))
    saving = page.get_by_role("link", name="Save results")
    saving.wait_for(timeout=5 * MINUTES)
    prediction = page.url
    with page.expect_download():
        hand.press(saving)
    return prediction
