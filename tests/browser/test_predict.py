"""From a trained model to decisions: photos, a threshold that is moved, files to take away, labels to correct."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from jobs.tasks import run_job
from jobs.tasks.prediction import predict_run
from tests.browser.conftest import picture
from tests.browser.fruits import learnt_model, photo_of
from tests.browser.live_app import signed_in
from tests.browser.looks import LOOKS, faults_in
from tests.browser.stage import open_tab
from tests.jobs.detection.conftest import TrainedRun
from webapp.core.extensions import db
from webapp.models import (
    Detection,
    DetectionModel,
    Image,
    PredictedImage,
    PredictionRun,
    RunStatus,
    Suggestion,
    User,
)
from webapp.projects import detection_models

LETTERS = {"zh-TW": "zh", "en-GB": "en"}


@pytest.fixture
def fruits(
    clean_app: OpenAPI,
    administrator: User,
    shared_data: Path,
    learnt_by_heart: TrainedRun,
    monkeypatch: pytest.MonkeyPatch,
) -> DetectionModel:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    return learnt_model(administrator, shared_data, learnt_by_heart.outcome.weights)


@pytest.fixture
def context(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[BrowserContext]:
    """Signed in."""
    with signed_in(clean_app, browser) as context:
        yield context


def look_at(browser: Browser, context: BrowserContext, address: str, name: str) -> None:
    """A page in both languages, light and dark, wide and narrow: it keeps the rules, and nothing is cut off."""
    base = context.pages[0].evaluate("location.origin")
    for look in LOOKS:
        other = browser.new_context(base_url=base, storage_state=context.storage_state(), **look.options)
        other.clear_cookies(name="language")
        page = other.new_page()
        page.goto(address)
        page.wait_for_load_state("load")
        assert faults_in(page, f"{name}-{look}") == []
        other.close()


def shown_total(page: Page) -> int:
    return int(page.locator("[data-total]").inner_text())


def finished(run: PredictionRun) -> PredictionRun:
    """As the predict worker does."""
    predict_run(run.id)
    db.session.refresh(run)
    assert run.status == RunStatus.COMPLETED, run.error
    return run


def test_it_is_locked_until_a_training_has_ended(
    context: BrowserContext, browser: Browser, administrator: User
) -> None:
    model = detection_models.create_model("Untrained", "", administrator)
    page = context.new_page()
    page.goto(f"/models/{model.id}/predict")
    expect(page.get_by_role("main")).to_contain_text("this model has not been trained yet")
    expect(page.get_by_role("link", name="To the training")).to_be_visible()
    look_at(browser, context, page.url, "predict-locked")


def test_from_photos_to_decisions(
    context: BrowserContext, browser: Browser, fruits: DetectionModel, shared_data: Path, tmp_path: Path
) -> None:
    page = context.new_page()
    page.goto(f"/models/{fruits.id}/predict")
    start = page.get_by_role("button", name="Start prediction")
    expect(start).to_be_disabled()
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    files = [photo_of(shared_data, "0.jpg"), photo_of(shared_data, "2.jpg"), broken]
    page.locator("#photos-upload .upload-zone input[type=file]").set_input_files(files)
    expect(page.locator("#photos-upload")).to_contain_text("broken.jpg")
    expect(page.locator("#photos-upload")).to_contain_text("not a picture")
    # One bad file does not hide that the others have arrived; the hint that is followed goes.
    expect(page.locator("#photos-upload .upload-result")).to_contain_text("Upload successful")
    expect(page.locator("#start-help")).to_be_hidden()
    expect(start).to_be_enabled()
    look_at(browser, context, f"/models/{fruits.id}/predict", "predict-form")
    picture(page, "predict-uploaded")

    start.click()
    expect(page.locator("#run-panel")).to_contain_text("Waiting for the prediction machine")
    look_at(browser, context, page.url, "predict-waiting")
    run = finished(db.session.scalars(select(PredictionRun)).one())
    # The page has been open all the time: it hears of the end by itself.
    expect(page.get_by_role("heading", name="Prediction result")).to_be_visible(timeout=20_000)
    assert db.session.scalar(select(func.count()).select_from(PredictedImage)) == len(files) - 1
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete prediction").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    total = shown_total(page)
    assert total >= 4
    look_at(browser, context, page.url, "predict-result")

    # Moving the threshold changes pictures and totals at once, without the server.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.locator('[data-score-threshold=""]').first
    move = "(one, value) => { one.value = value; one.dispatchEvent(new Event('input', {bubbles: true})); }"
    slider.evaluate(move, 0.99)
    scores = list(db.session.scalars(select(Detection.score)))
    assert shown_total(page) == len([score for score in scores if score >= 0.99]) < total
    assert page.locator(".found:not([hidden])").count() == shown_total(page)
    assert asked == []
    slider.evaluate(move, 0.6)
    slider.dispatch_event("change")
    expect(page).to_have_url(re.compile("threshold=0.6"))

    page.locator(".result summary").first.click()
    expect(page.locator(".found-row:visible").first).to_be_visible()
    page.get_by_role("button", name="Enlarge 0.jpg").click()
    popup = page.locator(".viewer-container")
    expect(popup.locator(".viewer-title")).to_have_text("0.jpg")
    expect(popup.locator(".overlay .found:not([hidden])").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(popup.locator(".viewer-title")).to_have_text("2.jpg")
    page.keyboard.press("m")
    expect(popup.locator(".found-mask").first).to_be_hidden()
    page.keyboard.press("m")
    picture(page, "predict-popup")
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)

    # Numbers by default; names where they are asked for, and none lies on another.
    expect(page.locator(".found:not([hidden]) .found-label").first).to_be_visible()
    expect(page.locator(".found-name").first).to_be_hidden()
    page.keyboard.press("n")
    apart = """() => [...document.querySelectorAll(".found-overlay")].every((svg) => {
      const boxes = [...svg.querySelectorAll(".found:not([hidden]) > .found-name:not([data-hidden])")]
        .map((one) => one.getBoundingClientRect());
      return boxes.every((one, place) => boxes.slice(place + 1).every((other) => one.right <= other.left + 1
        || other.right <= one.left + 1 || one.bottom <= other.top + 1 || other.bottom <= one.top + 1));
    })"""
    expect(page.locator(".found:not([hidden]) .found-name:not([data-hidden])").first).to_be_visible()
    assert page.evaluate(apart)
    page.keyboard.press("n")

    counted = shown_total(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("link", name="CSV only").click()
    rows = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert len([row for row in rows if row["category"]]) == counted

    # Right: its detections are labels now. The key does it, and the focus goes on.
    page.get_by_role("button", name="Enlarge 0.jpg").focus()
    page.keyboard.press("w")
    expect(page.locator(".result", has_text="0.jpg").locator("[data-judge]")).to_have_count(0)
    expect(page.get_by_role("button", name="Enlarge 2.jpg")).to_be_focused()

    card = page.locator(".result", has_text="2.jpg")
    card.get_by_role("button", name="Send 2.jpg into the training").click()
    correct = card.get_by_role("link", name="Correct it")
    expect(correct).to_be_visible()
    correct.click()
    open_tab(page, "suggestions")
    expect(page.locator("[data-suggestion]").first).to_be_visible(timeout=20_000)
    of_card = select(Image.id).where(Image.filename == "2.jpg")
    kept = db.session.scalar(
        select(func.count()).select_from(Suggestion).where(Suggestion.image_id.in_(of_card))
    )
    assert page.locator("[data-suggestion]").count() == kept

    page.goto(f"/prediction-runs/{run.id}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete prediction").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete prediction").click()
    expect(page).to_have_url(f"/models/{fruits.id}/predict")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(PredictionRun)) == 0
