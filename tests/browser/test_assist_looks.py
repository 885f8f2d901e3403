"""What helps the hand, in both languages, light and dark, wide and narrow: it keeps the rules and fits the window."""

import re

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.browser.stage import drag, on_screen, open_tab, plain_photos, take_outline_tool
from tests.suggestions.suggested import suggest
from webapp.annotations import store as annotation_store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LabelSource, LibraryKind, LibraryRun, User
from webapp.runs import library_runs
from webapp.runs.states import claim

NO_WORDS = re.compile("nut|Admin|VIA|Shift|Ctrl|Enter|Esc|Space|Delete|Backspace|Page(Up|Down)")
"""Names and keys: they are the same in both languages."""


@pytest.fixture
def photo(administrator: User) -> Image:
    """With suggestions; a run that looks for more is half done."""
    image, _other = plain_photos(administrator, "nut.png", "other.png")
    suggest(image, 0.91, 0.78, 0.41, category="nut")
    model = db.session.get_one(DetectionModel, image.model_id)
    asked = {"weights_id": 1, "image_id": None, "split": None}
    run = library_runs.start(model, LibraryKind.SUGGEST, asked, administrator)
    claim(LibraryRun, run.id)
    library_runs.progress(run.id, 3, 7)
    return image


@EVERY_LOOK
def test_it_keeps_the_rules_of_accessibility(
    clean_app: OpenAPI, browser: Browser, photo: Image, administrator: User, look: Look
) -> None:
    def look_at(page: Page, name: str) -> None:
        assert faults_in(page, f"assist-{name}-{look}") == []
        parts = page.locator("#suggestions, .outline-tools, dialog[open], #history-rows")
        words = " ".join(parts.all_inner_texts())
        assert look.locale == "en-GB" or not re.search("[A-Za-z]{3}", NO_WORDS.sub("", words)), words

    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
        expect(page.locator("[data-suggestion][data-below]")).to_have_count(1)
        open_tab(page, "suggestions")
        expect(page.locator("#suggestion-run progress")).to_be_visible()
        page.locator("[data-suggestion]").first.hover()
        look_at(page, "suggestions")
        page.locator("#suggestions").scroll_into_view_if_needed()
        picture(page, f"assist-panel-{look}")

        take_outline_tool(page)
        look_at(page, "outline-asked-for")
        with page.expect_response(re.compile("outline")):
            drag(page, *on_screen(page, (100, 80), (200, 160)))
        page.keyboard.press("Escape")

        page.keyboard.press("b")
        drag(page, *on_screen(page, (250, 80), (330, 160)))
        expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
        page.keyboard.press("Shift+H")
        expect(page.locator("#history-rows li")).not_to_have_count(0)
        look_at(page, "history")

        page.keyboard.press("?")
        expect(page.locator("#annotator-help tr").first).to_be_visible()
        look_at(page, "help")
        page.keyboard.press("Escape")

        db.session.rollback()
        image = db.session.get_one(Image, photo.id)
        db.session.refresh(image)
        shape = NewShape("nut", [[20, 20, 120, 30, 60, 120]], None)
        annotation_store.replace(
            image, [shape], False, image.annotations_version, source=LabelSource.EDITOR, user=administrator
        )
        drag(page, *on_screen(page, (250, 200), (330, 260)))
        expect(page.locator("#label-conflict")).to_be_visible(timeout=10_000)
        look_at(page, "conflict")
