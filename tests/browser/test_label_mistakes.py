"""Labels that look wrong are kept and corrected by keys; the page can be read by everybody."""

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.suggestions.label_mistakes import judged
from tests.suggestions.label_mistakes.judged import Judged
from webapp.annotations.queries import annotations_of
from webapp.core.extensions import db
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.models import KeptLabel, User
from webapp.projects import detection_models


@pytest.fixture
def here(administrator: User) -> Judged:
    return judged.judged_model(administrator, "水果 Fruits")


def kind(page: Page) -> str:
    return page.locator("[data-mistake]").get_attribute("data-kind") or ""


def test_labels_are_kept_and_corrected_by_keys(clean_app: OpenAPI, browser: Browser, here: Judged) -> None:
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/")
        faults = watch(page, page.url)
        page.goto(f"/training-runs/{here.run.id}/result")
        page.get_by_role("link", name="Review them").click()
        # The script listens when it has been loaded.
        page.wait_for_load_state("networkidle")
        first = page.locator("[data-mistake]").get_attribute("data-mistake")
        first_kind = kind(page)
        page.keyboard.press("k")
        expect(page.get_by_text("Kept: it is not asked again")).to_be_visible()
        expect(page.locator(f"[data-mistake='{first}']")).to_have_count(0)
        page.keyboard.press("u")
        expect(page.locator(f"[data-kind='{first_kind}']")).to_be_visible()
        expect(page.get_by_text("Kept: it is not asked again")).to_have_count(0)
        # What was skipped comes back at its place.
        second = page.locator("[data-mistake]").get_attribute("data-mistake")
        page.keyboard.press("n")
        expect(page.locator(f"[data-mistake='{second}']")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        page.keyboard.press("p")
        expect(page.locator(f"[data-mistake='{second}']")).to_be_visible()
        page.goto(f"/models/{here.model.id}/label-mistakes?kind=missing")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("a")
        expect(page.get_by_text("The labels were corrected.")).to_be_visible()
        # Nobody presses twice for one label: what comes next waits for a key of its own.
        expect(page.locator("#label-review h2, #label-review .empty-title").first).to_be_visible()
        page.goto(f"/models/{here.model.id}/label-mistakes?kind=doubled")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("k")
        expect(page.get_by_text("Kept: it is not asked again")).to_be_visible()
        page.reload()
        expect(page.locator("[data-kind='doubled']")).to_have_count(0)
        assert faults == []
    db.session.expire_all()
    assert len(annotations_of(here.with_mistake(MistakeKind.MISSING))) == 4
    assert db.session.scalars(db.select(KeptLabel.kind)).all() == [MistakeKind.DOUBLED]


@EVERY_LOOK
def test_the_page_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, here: Judged, look: Look
) -> None:
    empty = detection_models.create_model("Empty", "", administrator)
    faults: list[str] = []
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        for part, path in [
            *(
                (each.value, f"models/{here.model.id}/label-mistakes?kind={each.value}")
                for each in MistakeKind
            ),
            ("empty", f"models/{empty.id}/label-mistakes"),
            ("result", f"training-runs/{here.run.id}/result"),
        ]:
            page.goto(f"/{path}")
            faults += faults_in(page, f"mistakes-{part}-{look}")
    assert faults == []
