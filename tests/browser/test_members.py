"""An engineer closes a model and names somebody; the page of members in all looks."""

import re

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture, watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import DetectionModel, ModelMember, Role, User
from webapp.projects import detection_models, members


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("滾珠螺桿 Ball screw", "", administrator)


def test_a_model_is_closed_and_a_person_is_named(
    clean_app: OpenAPI, browser: Browser, model: DetectionModel
) -> None:
    users.create_user("lin@factory.test", PASSWORD, Role.ENGINEER, "林美華")
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/")
        faults = watch(page, page.url)
        page.goto(f"/models/{model.id}/record")
        page.get_by_role("button", name="Model 滾珠螺桿").click()
        page.get_by_role("link", name="Members of this model").click()
        expect(page.get_by_role("heading", name="Members")).to_be_visible()
        # Before its script has run a page opens no dialog.
        page.wait_for_load_state()
        page.get_by_role("button", name="Close the model").click()
        page.get_by_role("dialog").get_by_role("button", name="Close the model").click()
        expect(page.get_by_role("heading", name="Closed")).to_be_visible()
        page.get_by_label("Name or e-mail address").fill("美華")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name=re.compile("Add.*林美華")).click()
        expect(page.get_by_role("row", name="林美華")).to_be_visible()
        page.get_by_label("Role of 林美華").select_option("viewer")
        page.get_by_role("button", name=re.compile("Change.*林美華")).click()
        expect(page.locator("#toasts")).to_contain_text("林美華: Viewer")
        page.wait_for_load_state()
        page.get_by_role("button", name=re.compile("Remove.*林美華")).click()
        assert faults_of(page) == []
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_role("row", name="林美華")).to_have_count(0)
        page.wait_for_load_state()
        page.get_by_role("button", name=re.compile("Remove.*Admin")).click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_role("alert")).to_contain_text("needs an engineer")
        assert [fault for fault in faults if "409" not in fault] == []


def look_at(page: Page, model: DetectionModel, name: str) -> list[str]:
    faults = []
    for part, path in (("", ""), ("-found", "?q=factory"), ("-nobody", "?q=xyz")):
        page.goto(f"/models/{model.id}/members{path}")
        faults += faults_in(page, f"members-{name}{part}")
    return faults


@EVERY_LOOK
def test_the_page_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, model: DetectionModel, look: Look
) -> None:
    opened = detection_models.create_model("Open", "", administrator)
    for number, role in enumerate([*members.ROLES] * 3):
        long = "陳小明 with a rather long name of a person from another department" if number == 4 else ""
        user = users.create_user(f"person.{number}@factory.test", PASSWORD, role, long)
        user.active = number != 5
        if number < 6:
            db.session.add(ModelMember(model_id=model.id, user_id=user.id, role=role))
    db.session.add(ModelMember(model_id=model.id, user_id=administrator.id, role=Role.ENGINEER))
    model.closed = True
    db.session.commit()
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        assert look_at(page, model, f"closed-{look}") == []
        page.goto(f"/models/{opened.id}/members")
        picture(page, f"members-open-{look}")
        page.goto("/")
        picture(page, f"members-cards-{look}")
