"""From an empty folder to a trained model and its predictions, by hand in a browser."""

import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import Product, picture, sign_in, too_early, watch
from tests.browser.keyboard import Keyboard

A_MINUTE = 60_000
# The pictures of the README show a run with the product's defaults; a test has no time for one.
WITH_DEFAULTS = "SCREENSHOTS_DIR" in os.environ
ITERATIONS = 250 if WITH_DEFAULTS else 6
IMAGE_SIZE = "320" if WITH_DEFAULTS else "128"
SCORE_THRESHOLD = "0.5" if WITH_DEFAULTS else "0.05"


def create_model(page: Page, name: str) -> None:
    if not page.get_by_label("Name").is_visible():
        page.get_by_text("Create model").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#models")).to_contain_text(name)


def names_in(document: Path) -> list[str]:
    return [image["file_name"] for image in json.loads(document.read_text())["images"]]


def choose(page: Page, field: str, files: list[Path]) -> None:
    """Choose files as a person would: not before the scripts of the page have run."""
    page.wait_for_load_state("load")
    page.locator(field).first.set_input_files(files)


def add_coco(page: Page, tab: str, document: Path, photos: list[Path]) -> None:
    page.get_by_role("navigation", name="Splits").get_by_role("link", name=tab).click()
    expect(page.locator(".tab[aria-current=page]")).to_contain_text(tab)
    choose(page, "[data-coco-upload] input[type=file]", [*photos, document])
    confirm_import(page)
    shown = page.locator(".tab[aria-current=page] .tab-count")
    expect(shown).to_have_text(str(len(photos)), timeout=A_MINUTE)


def confirm_import(page: Page) -> None:
    """The preview comes by itself when the files have arrived; back to the photos after the report."""
    expect(page.locator("#preview-title")).to_be_visible(timeout=A_MINUTE)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("main")).to_contain_text("labels taken", timeout=A_MINUTE)
    page.get_by_role("link", name="To the photos").click()


def import_fruits(page: Page, folder: Path) -> None:
    photos = folder / "data" / "images"
    held_back = names_in(folder / "heldback5.json")
    train = [photos / name for name in names_in(folder / "train13.json")]
    add_coco(page, "For training", folder / "train13.json", train)
    add_coco(page, "For checking", folder / "heldback5.json", [photos / name for name in held_back[:3]])
    add_coco(page, "For the test", folder / "heldback5.json", [photos / name for name in held_back[3:]])


def start_training(page: Page, **settings: str) -> None:
    page.get_by_role("link", name=re.compile("^Train ")).click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    page.wait_for_load_state("load")
    page.get_by_text("Own", exact=True).click()
    page.get_by_role("spinbutton", name="Iterations").fill(settings.pop("iterations"))
    page.locator("#advanced > summary").click()
    for name, value in settings.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Start training").click()


def test_the_whole_way(browser: Browser, product: Product, shared_data: Path, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US", accept_downloads=True)
    faults = watch(page, product.address)
    sign_in(page, product)
    expect(page.get_by_role("heading", name="Choose a model")).to_be_visible()
    create_model(page, "Fruits and nuts")
    picture(page, "models")
    page.get_by_role("link", name="Fruits and nuts").first.click()
    page.get_by_role("link", name=re.compile("^Predict")).click()
    expect(page.get_by_text("Prediction is locked")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Images")).click()
    import_fruits(page, shared_data / "fruits_nuts")
    expect(page.locator(".photo-grid")).not_to_contain_text("Unlabelled")
    page.get_by_role("link", name=re.compile("For training")).first.click()
    picture(page, "images")

    start_training(page, iterations=str(ITERATIONS), image_size=IMAGE_SIZE)
    expect(page.locator("#run-panel")).to_contain_text(f"/ {ITERATIONS}")
    page.wait_for_function(
        "half => parseInt(document.querySelector('#run-panel .big-number').textContent) >= half",
        arg=ITERATIONS // 2,
        timeout=10 * A_MINUTE,
    )
    picture(page, "training")
    expect(page.locator("#run-panel")).to_contain_text("Training complete", timeout=10 * A_MINUTE)
    expect(page.locator(".rail")).not_to_contain_text("Under way")
    expect(page.locator("#run-panel .big-number").first).to_contain_text(f"{ITERATIONS} / {ITERATIONS}")
    page.get_by_role("link", name="Open the result").click()
    expect(page.locator("[data-loss-chart] svg .apexcharts-line-series path").first).to_be_attached()
    expect(page.locator("#ap-chart svg .apexcharts-bar-series path").first).to_be_attached()
    expect(page.locator("#precision-chart svg .apexcharts-line-series path").first).to_be_attached()
    picture(page, "result")
    move_the_threshold(page)
    with page.expect_download() as saving:
        page.locator("[data-loss-chart] .apexcharts-menu-icon").click()
        page.locator("[data-loss-chart] .exportCSV").click()
    losses = saving.value.path().read_text("utf-8-sig").splitlines()
    assert len(losses) == 1 + ITERATIONS
    with page.expect_download() as saving:
        page.get_by_text("Save weights").first.click()
    expect(page.locator("#banner")).to_contain_text("Saved")
    assert saving.value.path().stat().st_size > 1_000_000

    page.get_by_role("link", name=re.compile("^Predict ?")).first.click()
    start = page.get_by_role("button", name="Start prediction")
    expect(start).to_be_disabled()
    page.get_by_label("Score threshold").fill(SCORE_THRESHOLD)
    photos = [shared_data / "fruits_nuts/data/images" / name for name in ("1.jpg", "5.jpg")]
    choose(page, "#photos-upload input[type=file]", photos)
    expect(start).to_be_enabled(timeout=A_MINUTE)
    start.click()
    expect(page.get_by_role("heading", name="Prediction result")).to_be_visible(timeout=2 * A_MINUTE)
    expect(page.locator(".result")).to_have_count(2)
    picture(page, "prediction")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save results").click()
    archive = zipfile.ZipFile(saving.value.path())
    assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 2
    rows = list(csv.DictReader(io.StringIO(archive.read("detections.csv").decode("utf-8-sig"))))
    assert {row["photo"] for row in rows} == {"1.jpg", "5.jpg"}
    page.locator(".result-picture").first.click()
    expect(page.locator(".viewer-canvas img")).to_be_visible()
    page.keyboard.press("Escape")
    assert not faults, faults


def move_the_threshold(page: Page) -> None:
    """The sentence follows the slider, and the slider the buttons."""
    slider = page.locator("#threshold-slider")
    slider.scroll_into_view_if_needed()
    picture(page, "result-threshold")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("label[for=threshold-slider] strong")).to_have_text("1.00")
    expect(slider).to_be_focused()
    expect(page.locator(".threshold-sentence")).to_contain_text(
        re.compile(r"Misses (\d+) of \1 objects, 0 false")
    )
    page.get_by_role("button", name="Best balance").click()
    expect(slider).not_to_have_value("1")
    expect(page.locator(".threshold-sentence")).not_to_contain_text("0 of 0")


def test_a_run_goes_on_without_its_page_and_every_tab_shows_the_truth(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    sign_in(page, product)
    page.locator(".model-card").get_by_role("link", name="Fruits and nuts").first.click()
    start_training(page, iterations="3000", image_size="128")
    expect(page.locator("#run-panel")).to_contain_text("Training under way", timeout=A_MINUTE)
    address = page.url
    state = context.storage_state()
    seen = shown_iteration(page)
    context.close()

    context = browser.new_context(storage_state=state, locale="en-US")
    tabs = [context.new_page() for _number in range(3)]
    for tab in tabs:
        tab.goto(address)
        assert shown_iteration(tab) >= seen
        expect(tab.locator("#run-panel")).to_contain_text("Training under way", timeout=1000)
    last = tabs[-1]
    before = shown_iteration(last)
    last.wait_for_function(
        "seen => parseInt(document.querySelector('#run-panel .big-number').textContent) > seen", arg=before
    )
    last.get_by_role("button", name="Stop training").click()
    last.locator("dialog[open]").get_by_role("button", name="Stop training").click()
    expect(last.get_by_role("heading", name="Training result")).to_be_visible(timeout=5 * A_MINUTE)
    expect(last.locator("main")).to_contain_text("Stopped")
    context.close()


def shown_iteration(page: Page) -> int:
    return int(page.locator("#run-panel .big-number").first.inner_text().split("/")[0])


def test_the_second_training_judges_only_when_it_is_chosen(browser: Browser, product: Product) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    faults = watch(page, product.address)
    sign_in(page, product)
    page.locator(".model-card").get_by_role("link", name="Fruits and nuts").first.click()
    expect_in_use(page, 1)
    row = page.get_by_role("row", name=re.compile("^Compare run 2"))
    row.get_by_role("link", name="Run 2").click()
    page.get_by_role("button", name="Use these weights").click()
    expect(page.locator("#toasts")).to_contain_text("In use from now on: Run 2")
    expect_in_use(page, 2)
    page.get_by_role("button", name="Back to Run 1").click()
    expect_in_use(page, 1)
    page.get_by_text("Changes of the weights in use").click()
    changes = page.locator("#weights-changes tbody tr")
    expect(changes).to_have_count(3)
    expect(changes.first).to_contain_text(re.compile("Run 2.*Run 1.*chosen by"))
    assert not faults, faults


def expect_in_use(page: Page, number: int) -> None:
    """In the record, which is open before and after, and where a prediction is started."""
    expect(page.locator("#weights .panel-head")).to_contain_text(f"★ Run {number} ·")
    page.get_by_role("link", name=re.compile("^Predict")).click()
    expect(page.get_by_label("Weights of").locator("option:checked")).to_contain_text(f"★ Run {number} ·")
    page.get_by_role("link", name=re.compile("^Training record")).click()
    expect(page.locator("#weights .panel-head")).to_contain_text(f"★ Run {number} ·")


def test_bad_files_are_refused_beside_the_good_one(
    browser: Browser, product: Product, shared_data: Path, tmp_path: Path
) -> None:
    page = browser.new_page(locale="en-US")
    sign_in(page, product)
    create_model(page, "Bad uploads")
    page.get_by_role("link", name="Bad uploads").first.click()
    page.get_by_role("link", name=re.compile("^Images")).click()
    good = shared_data / "fruits_nuts/data/images/0.jpg"
    text = tmp_path / "text.jpg"
    text.write_text("not a picture")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(good.read_bytes()[:5000])
    expect(page.get_by_role("heading", name="Images")).to_be_visible()
    choose(page, "#add-photos input[type=file]", [good, text, cut])
    zone = page.locator("#add-photos")
    expect(zone).to_contain_text("This is not a picture", timeout=A_MINUTE)
    expect(zone).to_contain_text("damaged or cut off")
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("1")
    not_json = tmp_path / "labels.json"
    not_json.write_text("{oh no")
    choose(page, "[data-coco-upload] input[type=file]", [not_json])
    expect(page.locator("main")).to_contain_text("This is not JSON", timeout=A_MINUTE)


# Of the model, a photo and the runs of the first test here; nobody else trains on this product.
SCREENS = {
    "/": "選擇模型",
    "{model}/edit": "編輯模型",
    "{model}/copy": "複製模型",
    "/models/trash": "已刪除的模型",
    "{model}/statistics": "類別統計",
    "{model}/images": "影像管理",
    "{photo}": "影像管理",
    "{model}/annotate": "影像標記",
    "{model}/train": "模型訓練",
    "{model}/record": "訓練紀錄",
    "{model}/predict": "模型預測",
    "/training-runs/1/result": "訓練結果",
    "/training-runs/1": "第 1 次訓練",
    "{model}/compare?run=1&run=2": "比較訓練",
    "/training-runs/1/report": "訓練報告",
    "/board": "工作看板",
    "/prediction-runs/1": "預測結果",
}


def addresses(page: Page, product: Product) -> dict[str, str]:
    """The screens; ``page`` is signed in."""
    page.goto(product.address)
    model = (
        page.locator(".model-card").get_by_role("link", name="Fruits and nuts").first.get_attribute("href")
    )
    model = re.match(r"/models/\d+", model or "").group()  # type: ignore[union-attr]
    page.goto(f"{product.address}{model}/images")
    photo = page.locator(f".photo-grid a[href^='{model}/images/']").first.get_attribute("href")
    photo = re.match(r"[^?]+", photo or "").group()  # type: ignore[union-attr]
    return {path.format(model=model, photo=photo): words for path, words in SCREENS.items()}


def test_every_screen_is_in_chinese_fits_a_tablet_and_keeps_the_rules_of_accessibility(
    browser: Browser, product: Product
) -> None:
    page = browser.new_page(
        viewport={"width": 820, "height": 1180}, locale="zh-TW", color_scheme="light", reduced_motion="reduce"
    )
    sign_in(page, product)
    expect(page.get_by_role("heading", name="選擇模型")).to_be_visible()
    faults = []
    for path, words in addresses(page, product).items():
        page.goto(product.address + path)
        expect(page.locator("body")).to_contain_text(words)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the tablet"
        page.wait_for_load_state("networkidle")
        picture(page, "zh-" + re.sub(r"\W+", "-", path).strip("-"))
        faults += faults_of(page)
        # A theme changes colours alone. The report is paper: light in every theme.
        if not path.endswith("/report"):
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            faults += faults_of(page, only_colours=True)
    assert not faults, "\n".join(faults)


def test_a_theme_that_was_chosen_is_that_of_every_screen_but_the_report(
    browser: Browser, product: Product
) -> None:
    page = browser.new_page(locale="en-US", color_scheme="light")
    sign_in(page, product)
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": product.address}])
    paths = list(addresses(page, product))
    for path in paths:
        text = page.request.get(product.address + path).text()
        theme = re.search(r'<html[^>]*data-bs-theme="(\w+)"', text)
        assert theme is not None, path
        assert theme[1] == ("light" if path.endswith("/report") else "dark"), path


def test_files_chosen_before_the_scripts_have_loaded_are_not_lost(
    browser: Browser, product: Product, shared_data: Path
) -> None:
    page = browser.new_page(locale="en-US")
    sign_in(page, product)
    create_model(page, "Slow network")
    page.get_by_role("link", name="Slow network").first.click()
    held: list[Route] = []
    page.route("**/upload/form.js", lambda route: held.append(route))
    with too_early(page):
        page.get_by_role("link", name=re.compile("^Images")).click()
        expect(page.get_by_role("heading", name="Images")).to_be_visible()
        folder = shared_data / "fruits_nuts"
        files = [folder / "data/images/3.jpg", folder / "train13.json"]
        choose(page, "[data-coco-upload] input[type=file]", files)
    assert held, "the script was asked for and is held back"
    for route in held:
        route.continue_()
    page.unroute("**/upload/form.js")
    confirm_import(page)
    expect(page.locator(".tab[aria-current=page] .tab-count")).to_have_text("1")


def test_the_main_job_is_done_by_the_keyboard_alone(
    browser: Browser, product: Product, shared_data: Path, tmp_path: Path
) -> None:
    """Create, add COCO, train, judge, predict, save; where the focus is can be seen at every stop."""
    # Without motion a page has scrolled to the focus at once.
    page = browser.new_page(
        viewport={"width": 1280, "height": 800},
        locale="en-US",
        accept_downloads=True,
        reduced_motion="reduce",
    )
    sign_in(page, product)
    keyboard = Keyboard(page)
    archive = zip_of_splits(shared_data / "fruits_nuts", tmp_path / "fruit.zip")
    # The form stands open where there is no model yet.
    if not page.get_by_label("Name").is_visible():
        keyboard.press("^Create model$")
    keyboard.fill("^Name", "By keyboard")
    keyboard.press("^Create and add photos$")
    page.wait_for_url("**/images")
    page.wait_for_load_state("load")
    keyboard.choose("^Add COCO", [archive])
    expect(page.locator("#preview-title")).to_be_visible(timeout=A_MINUTE)
    keyboard.press("^Import$")
    expect(page.locator("main")).to_contain_text("labels taken", timeout=A_MINUTE)

    keyboard.press("^Train ")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    page.wait_for_load_state("load")
    keyboard.go_to("minute")
    keyboard.go_to("^Own", key="ArrowDown")
    keyboard.fill("^Iterations", "4")
    keyboard.press("^Start training$")
    expect(page.locator("#run-panel")).to_contain_text("Training complete", timeout=10 * A_MINUTE)
    keyboard.press("^Open the result$")
    expect(page.get_by_role("heading", name="Training result")).to_be_visible()

    keyboard.press("^Predict with these weights$")
    expect(page.get_by_role("heading", name="Predict", exact=True)).to_be_visible()
    page.wait_for_load_state("load")
    keyboard.choose("^Drop files here", [shared_data / "fruits_nuts/data/images/1.jpg"])
    expect(page.locator("#photos-upload")).to_have_attribute("data-state", "done", timeout=A_MINUTE)
    keyboard.press("^Start prediction$")
    expect(page.get_by_role("heading", name="Prediction result")).to_be_visible(timeout=2 * A_MINUTE)
    with page.expect_download() as saving:
        keyboard.press("^Save results$")
    assert "detections.csv" in zipfile.ZipFile(saving.value.path()).namelist()
    assert not keyboard.hidden, "\n".join(keyboard.hidden)


def zip_of_splits(source: Path, archive: Path) -> Path:
    """Photos and labels in folders named after their splits; each with two photos."""
    document = json.loads((source / "train13.json").read_text())
    with zipfile.ZipFile(archive, "w") as written:
        for number, split in enumerate(("train", "validation", "test")):
            images = document["images"][2 * number : 2 * number + 2]
            ids = {image["id"] for image in images}
            labels = [one for one in document["annotations"] if one["image_id"] in ids]
            part = json.dumps(document | {"images": images, "annotations": labels})
            written.writestr(f"{split}/labels.json", part)
            for name in (Path(image["file_name"]).name for image in images):
                written.write(source / "data" / "images" / name, f"{split}/{name}")
    return archive
