"""Pages follow runs to their end, at whatever moment that comes; nothing is loaded anew by hand."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import APIResponse, Browser, Page, Route, expect
from sqlalchemy import select

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.browser.live_app import signed_in
from tests.browser.stage import on_screen, open_tab, plain_photos
from tests.browser.test_journey import choose
from tests.builders.library import photo
from tests.builders.runs import model_with_photos, record_iteration, running_training
from tests.formats.files.zip_files import zipped
from tests.images.seeded import add_photo
from tests.suggestions.suggested import suggest
from webapp.core import signals
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, RunStatus, User
from webapp.projects import copying as model_copying
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.runs import states as run_states

PANEL = re.compile(r"/library-runs/\d+/panel$")


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    """Signed in."""
    with signed_in(clean_app, browser) as context:
        yield context.new_page()


@pytest.fixture
def carry_out(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Callable[[LibraryRun], None]:
    """As the io worker does, in this process."""
    monkeypatch.setattr(run_job, "application", lambda: clean_app)

    def carry_out(run: LibraryRun) -> None:
        run_id = run.id
        task_library.carry_out_run(run_id)
        db.session.rollback()
        assert db.session.get_one(LibraryRun, run_id).status == RunStatus.COMPLETED

    return carry_out


def runs(kind: LibraryKind) -> list[LibraryRun]:
    db.session.rollback()
    return list(db.session.scalars(select(LibraryRun).where(LibraryRun.kind == kind).order_by(LibraryRun.id)))


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Of what the browser tells while it goes on."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        page.evaluate("new Promise(requestAnimationFrame)")


class LateAnswers:
    """Answers of the server that are on their way until ``arrive``."""

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self._page, self._address = page, address
        self._answers: list[tuple[Route, APIResponse]] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        self._answers.append((route, route.fetch()))

    def wait_for_one(self) -> None:
        """Until one is on its way."""
        until(self._page, lambda: bool(self._answers))

    def arrive(self) -> None:
        """All, and later ones at once."""
        for route, answer in self._answers:
            route.fulfill(response=answer)
        self._page.unroute(self._address)


def test_more_runs_than_a_browser_has_connections_are_followed(
    page: Page, administrator: User, carry_out: Callable[[LibraryRun], None]
) -> None:
    source = plain_photos(administrator, "a.png", "b.png")[0]
    model = db.session.get_one(DetectionModel, source.model_id)
    for number in range(5):
        model_copying.copy_model(model, f"Copy {number}", True, administrator)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url.removeprefix(page.url)))
    page.goto("/")
    cards = page.locator(".model-card", has_text="Copy ")
    expect(cards.locator(".model-card-copy")).to_have_count(5)
    # Three signal at once that they go on; the other two are asked for now and then, and take no connection.
    until(page, lambda: len({url for url in asked if url.endswith("/card")}) == 5)
    assert len([url for url in asked if url.endswith("/stream")]) == 3
    for run in reversed(runs(LibraryKind.COPY)[2:]):
        carry_out(run)
    expect(cards.locator(".model-card-copy")).to_have_count(2, timeout=20_000)
    expect(cards.filter(has_text="2 photos")).to_have_count(3)


def test_a_copy_that_is_started_again_is_followed(
    page: Page, administrator: User, carry_out: Callable[[LibraryRun], None]
) -> None:
    source = plain_photos(administrator, "a.png", "b.png")[0]
    model = db.session.get_one(DetectionModel, source.model_id)
    model_copying.copy_model(model, "Copy", True, administrator)
    page.goto("/")
    card = page.locator(".model-card", has=page.get_by_role("link", name="Copy", exact=True))
    card.get_by_role("button", name="Stop copying").click()
    card.get_by_role("button", name="Copy the photos again").click()
    expect(card).to_contain_text("waiting to be copied")
    carry_out(runs(LibraryKind.COPY)[-1])
    expect(card).to_contain_text("2 photos", timeout=20_000)
    expect(card.locator(".model-card-copy")).to_have_count(0)


def test_labels_that_a_run_accepted_appear_though_its_panel_comes_late(
    page: Page, administrator: User, carry_out: Callable[[LibraryRun], None]
) -> None:
    image = plain_photos(administrator, "a.png")[0]
    suggest(image, 0.9, category="nut")
    page.goto(f"/models/{image.model_id}/annotate?photo={image.id}")
    on_screen(page)
    open_tab(page, "suggestions")
    page.get_by_text("Many photos at once").click()
    page.get_by_role("button", name="Accept on all photos").click()
    expect(page.locator("#suggestion-run")).to_contain_text("Waiting")
    (run,) = runs(LibraryKind.ACCEPT)
    answers = LateAnswers(page, PANEL)
    # Something changes, and the panel that is asked for then does not know of the end yet.
    signals.publish(signals.library_topic(run.id))
    answers.wait_for_one()
    ended: list[str] = []
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda sent: ended.append(sent.resource_type))
    carry_out(run)
    until(page, lambda: "eventsource" in ended)
    answers.arrive()
    expect(page.locator("#shape-list [role=option]")).to_have_count(1, timeout=20_000)


def test_a_run_that_is_over_before_its_panel_arrives_is_told(
    page: Page, administrator: User, carry_out: Callable[[LibraryRun], None], tmp_path: Path
) -> None:
    """Three zips at once, each unpacked before the page has asked for its panel."""
    model = detection_models.create_model("Screw", "", administrator)
    page.goto(f"/models/{model.id}/images")
    asked: list[Route] = []
    page.route(PANEL, lambda route: asked.append(route))
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.zip")
        files[-1].write_bytes(zipped((f"{number}.png", photo(number))))
    choose(page, "#add-photos input[type=file]", files)
    expect(page.locator("#add-photos .upload-result")).to_contain_text("3", timeout=20_000)
    for run in runs(LibraryKind.ADD):
        carry_out(run)
    for route in asked:
        route.continue_()
    page.unroute(PANEL)
    expect(page.locator("#photo-runs > section")).to_have_count(3)
    expect(page.locator("#gallery .photo-grid")).to_contain_text("2.png")
    assert db.session.query(Image).count() == 3


def test_the_steps_count_anew_when_the_work_of_a_page_is_over(page: Page, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    run = library_runs.prepare(model, LibraryKind.ADD, {"split": "train", "filename": "a.zip"}, administrator)
    db.session.commit()
    page.goto(f"/models/{model.id}/images/work/{run.id}")
    images = page.locator(".rail").get_by_role("link", name="Images")
    expect(images).not_to_contain_text("1")
    run_states.claim(LibraryRun, run.id)
    add_photo(model, "a.png")
    library_runs.finish(run.id, {"created": 1, "duplicates": 0, "refused": 0, "refused_examples": []})
    expect(images).to_contain_text("1", timeout=20_000)


def test_the_chart_has_the_iterations_that_came_while_it_was_being_drawn(
    page: Page, administrator: User
) -> None:
    run = running_training(model_with_photos(administrator), administrator, iterations=10, done=4)
    losses = re.compile(r"/losses\?")
    answers = LateAnswers(page, losses)
    page.goto(f"/training-runs/{run.id}")
    answers.wait_for_one()
    record_iteration(run, 5)
    expect(page.locator("#run-panel")).to_contain_text("5 / 10", timeout=20_000)
    # The stream says something every eight seconds whatever happens: sooner is because of that iteration.
    with page.expect_request(losses, timeout=4_000):
        answers.arrive()
