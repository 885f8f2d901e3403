"""A cross-validation in a browser: chosen where a training is started, followed fold by fold, read at its end."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.builders import runs
from tests.training import tested
from webapp.core.extensions import db
from webapp.models import DetectionModel, TrainingRun, User
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    """Signed in."""
    with signed_in(clean_app, browser) as context:
        yield context.new_page()


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator, train=8)


def test_folds_are_chosen_followed_and_read(page: Page, model: DetectionModel) -> None:
    page.goto("/")
    faults = watch(page, page.url)
    page.goto(f"/models/{model.id}/train")
    page.get_by_label("How is it judged?").select_option(label="By all photos, in 3 folds")
    page.get_by_role("button", name="Start training").click()
    panel = page.locator("#run-panel")
    expect(panel).to_be_visible()
    run = db.session.scalars(db.select(TrainingRun)).one()
    assert run.parameters["folds"] == 3

    training_progress.claim(run.id)
    runs.record_iteration(run, 1)
    expect(panel).to_contain_text("Fold 1 of 3: the model learns from the other folds.", timeout=20_000)
    tested.judge(run, 1, 60.0)
    expect(panel).to_contain_text("Fold 2 of 3", timeout=20_000)
    expect(panel).to_contain_text("60.0")
    tested.judge(run, 2, 70.0)
    tested.judge(run, 3, 80.0)
    expect(panel).to_contain_text("All 3 folds are judged", timeout=20_000)
    tested.complete(run)
    page.goto(f"/training-runs/{run.id}/result")
    table = page.locator("#folds-of-run")
    expect(table).to_contain_text("Mean of the folds")
    expect(table).to_contain_text("70.0")
    assert faults == []


@EVERY_LOOK
def test_its_pages_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, model: DetectionModel, look: Look
) -> None:
    under_way = training_runs.start(model, administrator, {"iterations": 10, "folds": 2})
    training_progress.claim(under_way.id)
    runs.record_iteration(under_way, 1)
    tested.judge(under_way, 1, 60.0)
    over = training_runs.start(model, administrator, {"iterations": 10, "folds": 2})
    training_progress.claim(over.id)
    runs.record_iteration(over, 1)
    tested.judge(over, 1, 60.0)
    tested.judge(over, 2, 70.0)
    tested.complete(over)
    faults = []
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        for name, path in (
            ("under-way", f"/training-runs/{under_way.id}"),
            ("over", f"/training-runs/{over.id}/result"),
        ):
            page.goto(path)
            expect(page.locator("#folds-of-run")).to_be_visible()
            faults += faults_in(page, f"folds-{name}-{look}")
    assert faults == []
