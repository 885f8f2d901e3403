"""An administrator adds a person, who is at work by the copied link; the pages of accounts in all looks."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from embedded.waiting import wait_until
from tests.browser.accessibility import faults_of
from tests.browser.conftest import watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from webapp.accounts import administration, bulk, users
from webapp.accounts.tokens import TokenLimits
from webapp.core.extensions import db
from webapp.models import Role, TokenScope, User
from webapp.projects import detection_models

NEW = "tuna bridge paper"


@pytest.fixture
def context(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[BrowserContext]:
    """Signed in as the administrator."""
    with signed_in(clean_app, browser, permissions=["clipboard-read", "clipboard-write"]) as context:
        yield context


def test_a_person_is_added_by_a_copied_link_and_at_work(context: BrowserContext, browser: Browser) -> None:
    page = context.new_page()
    page.goto("/")
    faults = watch(page, page.url)
    page.get_by_role("button", name="Admin").click()
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("陳小明")
    page.get_by_label("E-mail address").fill("chen@factory.test")
    page.get_by_label("Role").select_option("annotator")
    page.get_by_role("button", name="Add").click()
    copy_the_link(page)
    assert faults_of(page) == []
    link = page.evaluate("navigator.clipboard.readText()")
    theirs = browser.new_context(locale="en-GB").new_page()
    theirs.goto(link)
    assert "token" not in theirs.url
    assert faults_of(theirs) == []
    theirs.get_by_label("Password", exact=True).fill(NEW)
    theirs.get_by_label("Password again").fill(NEW)
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs.get_by_role("heading", name="Choose a model")).to_be_visible()
    page.get_by_role("link", name="People").first.click()
    expect(page.get_by_role("row", name="陳小明")).to_contain_text("Active")
    assert not faults, faults


def copy_the_link(page: Page) -> None:
    """As soon as the script of the button is there."""

    def is_copied() -> bool:
        page.get_by_role("button", name="Copy the link").click()
        return "Copied" in page.locator("#toasts").inner_text()

    wait_until(is_copied, "the link is copied", 15)


def look_at(page: Page, look: Look) -> list[str]:
    """Each page of accounts, full; nothing is wider than the window."""
    faults = []
    user = db.session.query(User).filter_by(email="p0007@factory.test").one()
    for name, path in (
        ("users", "/users"),
        ("users-empty", "/users?q=nobody"),
        ("user", f"/users/{user.id}"),
        ("user-new", "/users/new"),
        ("users-import", "/users/import"),
        ("account", "/account"),
        ("account-password", "/account/password"),
        ("account-sessions", "/account/sessions"),
        ("account-tokens", "/api-tokens"),
    ):
        page.goto(path)
        faults += faults_in(page, f"{name}-{look}")
    return faults


@EVERY_LOOK
def test_the_pages_of_accounts_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, look: Look
) -> None:
    lines = "".join(f"員工 {n:04},p{n:04}@factory.test,viewer\n" for n in range(2000))
    bulk.create(lines.encode())
    model = detection_models.create_model("Nuts", "", administrator)
    limits = TokenLimits(TokenScope.PREDICT, days=30, model_ids=[model.id])
    users.create_token(administrator.email, "Station 3", limits)
    administration.create_with_temporary_password("temporary@factory.test", Role.ENGINEER, "林美華")
    db.session.commit()
    with signed_in(clean_app, browser, **look.options) as context:
        assert look_at(context.new_page(), look) == []
