"""Labels that could not be sent and are refused later: the person is told, and nothing is lost meanwhile."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from sqlalchemy import delete, select

from embedded.waiting import wait_until
from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, leaving_unsent, on_screen, plain_photos
from webapp.core.extensions import db
from webapp.images import restore as image_restore
from webapp.images import trash as image_trash
from webapp.models import Annotation, Category, DetectionModel, Image, Role, User


@pytest.fixture
def context(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[BrowserContext]:
    """Signed in."""
    with signed_in(clean_app, browser) as context:
        yield context


@pytest.fixture
def photos(context: BrowserContext, administrator: User) -> list[Image]:
    """Two; a box on the first waits in the browser, and its page is gone."""
    made = plain_photos(administrator, "lost.png", "other.png")
    page = open_annotator(context, made[0])
    with leaving_unsent(context, page):
        page.keyboard.press("b")
        drag(page, *on_screen(page, (100, 100), (180, 160)))
    return made


def open_annotator(context: BrowserContext, image: Image) -> Page:
    page = context.new_page()
    page.goto(f"/models/{image.model_id}/annotate?photo={image.id}")
    on_screen(page)
    return page


def told(page: Page) -> Locator:
    return page.locator("#unsent-labels .notice")


def waiting(page: Page) -> int:
    """Records that no open page answers for."""
    return page.evaluate(
        """async () => (await (await import("/static/js/annotations/annotator/pending.js"))
           .findUnsent(document.querySelector("#annotator").dataset.user)).length"""
    )


def stored() -> list[Annotation]:
    db.session.rollback()
    return list(db.session.scalars(select(Annotation)))


def be(user: User, role: Role) -> None:
    user.role = role
    db.session.commit()


def test_who_may_not_label_any_more_is_told(
    context: BrowserContext, photos: list[Image], administrator: User
) -> None:
    be(administrator, Role.VIEWER)
    page = open_annotator(context, photos[1])
    expect(told(page)).to_contain_text("lost.png wait in this browser: your account may not label photos")
    assert waiting(page) == 1
    be(administrator, Role.ADMINISTRATOR)
    told(page).get_by_role("button", name="Send again").click()
    wait_until(lambda: len(stored()) == 1, "the labels arrive", 10)
    expect(told(page)).to_have_count(0)


def test_a_refusal_of_the_server_is_told_as_well(
    clean_app: OpenAPI, context: BrowserContext, photos: list[Image], administrator: User
) -> None:
    def allowed_no_more(route: Route) -> None:
        if route.request.method == "PUT":
            with clean_app.app_context():
                be(db.session.get_one(User, 1), Role.VIEWER)
        route.continue_()

    context.route("**/labels", allowed_no_more)
    page = open_annotator(context, photos[1])
    expect(told(page)).to_contain_text("Ask an administrator")
    assert waiting(page) == 1


def test_the_labels_of_a_deleted_photo_wait_until_it_is_back(
    context: BrowserContext, photos: list[Image], administrator: User
) -> None:
    model = db.session.get_one(DetectionModel, photos[0].model_id)
    image_trash.delete_images(model, Image.id == photos[0].id, administrator)
    page = open_annotator(context, photos[1])
    expect(told(page)).to_contain_text("lost.png wait in this browser: the photo was deleted")
    assert faults_of(page) == []
    picture(page, "annotate-unsent")
    told(page).get_by_role("button", name="Send again").click()
    expect(told(page)).to_contain_text("the photo was deleted")
    assert waiting(page) == 1
    image_restore.restore(model)
    told(page).get_by_role("button", name="Send again").click()
    expect(told(page)).to_have_count(0)
    wait_until(lambda: len(stored()) == 1, "the labels arrive", 10)
    wait_until(lambda: waiting(page) == 0, "the browser hears of it", 10)


def test_refused_labels_are_corrected_on_their_photo(context: BrowserContext, photos: list[Image]) -> None:
    db.session.execute(delete(Category))
    db.session.commit()
    page = open_annotator(context, photos[1])
    expect(told(page)).to_contain_text("lost.png")
    expect(told(page)).to_contain_text("This category was deleted in the meantime")
    told(page).get_by_role("link", name="Open the photo").click()
    expect(page.locator("#save-state")).to_have_attribute("data-state", "refused", timeout=10_000)
    expect(page.locator("#save-state")).to_contain_text("This category was deleted in the meantime")
    page.get_by_label("New category").fill("bolt")
    page.get_by_label("New category").press("Enter")
    expect(page.locator("[data-category]")).to_contain_text("bolt")
    page.locator("#shape-list [role=option]").click()
    page.locator("button[data-category]").click()
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    assert len(stored()) == 1
    wait_until(lambda: waiting(page) == 0, "the browser forgets them", 10)


def test_they_are_thrown_away_by_the_person_alone(context: BrowserContext, photos: list[Image]) -> None:
    db.session.execute(delete(Category))
    db.session.commit()
    page = open_annotator(context, photos[1])
    told(page).get_by_role("button", name="Throw away").click()
    dialog = page.get_by_role("dialog", name="Throw these labels away?")
    expect(dialog).to_contain_text("lost.png")
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    assert waiting(page) == 1
    told(page).get_by_role("button", name="Throw away").click()
    dialog.get_by_role("button", name="Throw away").click()
    expect(told(page)).to_have_count(0)
    assert waiting(page) == 0


def test_a_shape_drawn_while_the_labels_are_read_anew_is_sent(
    context: BrowserContext, administrator: User
) -> None:
    (image,) = plain_photos(administrator, "plate.png")
    page = open_annotator(context, image)
    held: list[Route] = []
    page.route(
        "**/labels", lambda route: held.append(route) if route.request.method == "GET" else route.continue_()
    )
    page.get_by_label("New category").fill("bolt")
    page.get_by_label("New category").press("Enter")
    expect(page.locator("[data-category]").last).to_contain_text("bolt")
    wait_until(lambda: page.evaluate("1") == 1 and held != [], "the labels are asked for", 10)
    page.keyboard.press("b")
    drag(page, *on_screen(page, (100, 100), (180, 160)))
    for route in held:
        route.continue_()
    wait_until(lambda: page.evaluate("1") == 1 and len(stored()) == 1, "the labels arrive", 10)
    expect(page.locator("#shape-list [role=option]")).to_have_count(1)
