"""A crawl that fills every form with every role: what a person is shown works for them, and texts stay texts."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from tests.attacks import text_fields
from tests.attacks.test_hostile_texts import NO_PREDICTOR, SCRIPT, TURNS
from tests.attacks.text_fields import Form
from tests.builders import runs as builders
from tests.conftest import PASSWORD
from tests.rest.fixtures import Script
from tests.web.test_no_refused_button import Ways, pages_of, refused
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import DetectionModel, ModelMember, Role, User

TEXTS = [
    f"{SCRIPT}\"'><img src=x onerror=window.hostile=1>",
    "=1+1\r\nSet-Cookie: hostile=1\r\n\r\nhostile",
    "\u202egpj.exe",
    "x" * 5000,
]
REFUSALS = {401, 403, 404, 405}
NOT_SENT = re.compile("sign-out|/account/sessions")
"""The person would be signed out."""
LAST = ("stop", "merge", "delete", "password", "members", "access", "leave")
"""Sent once, after all others and in this order: after each, things or the person's role are not what they were."""


@dataclass(frozen=True)
class Person:
    """Role of the account and in the model; None: the model is closed, and the person no member."""

    account: Role
    in_model: Role | None
    closed: bool = True

    def __str__(self) -> str:
        model = f"{self.in_model or 'no member'} of a closed model" if self.closed else "an open model"
        return f"{self.account}, {model}"


FAST = [Person(Role.ENGINEER, None)]
SLOW = [
    *(Person(role, role, closed=False) for role in Role),
    *(
        Person(account, in_model)
        for account in (Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER)
        for in_model in (Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER, None)
        if Person(account, in_model) not in FAST
    ),
]
EVERYBODY = [*FAST, *(pytest.param(person, marks=pytest.mark.slow) for person in SLOW)]


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """With all that has a form: photos, runs, predictions."""
    model = builders.model_with_photos(administrator, train=3)
    builders.finished_training(model, administrator)
    builders.finished_prediction(model, administrator)
    builders.running_training(model, administrator)
    return model


def signed_in(app: OpenAPI, model: DetectionModel, person: Person, user: User) -> Script:
    engineer = users.create_user("other@factory.test", PASSWORD, Role.ENGINEER)
    model.closed = person.closed
    db.session.add(ModelMember(model_id=model.id, user_id=engineer.id, role=Role.ENGINEER))
    if person.closed and person.in_model:
        db.session.add(ModelMember(model_id=model.id, user_id=user.id, role=person.in_model))
    db.session.commit()
    browser = Script(app)
    browser.set_cookie("language", "en")
    assert browser.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 302
    return browser


def place(form: Form) -> int:
    """When it is sent; 0: with the first, as often as the test likes."""
    return max((LAST.index(word) + 1 for word in LAST if word in form.address), default=0)


def all_forms(browser: FlaskClient, own_id: int) -> list[Form]:
    """One of each endpoint that something sends, also without a field to type in; what must be last comes last.

    Of the forms about an account those of others: an administrator may demote, deactivate and sign out himself.
    """
    himself = re.compile(rf"/users/{own_id}(/|$)")
    adapter = browser.application.url_map.bind("localhost")
    found: dict[str, Form] = {}
    for page, text in pages_of(browser):
        forms, ways = text_fields.Forms(), Ways.of(text)
        forms.feed(text)
        for form in forms.by_id.values():
            form.address = form.address or page
            left_out = NOT_SENT.search(form.address) or himself.match(form.address)
            if (form.method, form.address) in ways and not left_out:
                endpoint = adapter.match(urlsplit(form.address).path, method=form.method)[0]
                found.setdefault(endpoint, form)
    return sorted(found.values(), key=place)


def fault(answer: TestResponse) -> Iterator[str]:
    """What is wrong with the answer to a form that this person was shown."""
    if answer.status_code in REFUSALS or (answer.status_code >= 500 and answer.status_code != NO_PREDICTOR):
        yield f"{answer.status_code}"
    if answer.status_code == 302 and "/sign-in" in answer.headers["Location"]:
        yield "signed out"
    if any("hostile" in value for value in answer.headers.getlist("Set-Cookie")):
        yield "a header was added"
    if answer.mimetype == "text/html":
        yield from page_fault(answer.text)


def page_fault(page: str) -> Iterator[str]:
    """A text that is no text in the page."""
    if SCRIPT in page or "onerror=window.hostile=1>" in page.replace("&gt;", ""):
        yield "a script stands in the page"
    shown = html.unescape(re.sub(r"<textarea.*?</textarea>|<input[^>]*>", "", page, flags=re.DOTALL))
    if re.search(TURNS, shown):
        yield "the page turns text"


@pytest.mark.parametrize("person", EVERYBODY, ids=str)
def test_forms_work_for_whom_they_are_shown_and_texts_stay_texts(
    clean_app: OpenAPI, model: DetectionModel, person: Person
) -> None:
    user = users.create_user("person@factory.test", PASSWORD, person.account)
    browser = signed_in(clean_app, model, person, user)
    in_model = person.account if person.in_model is None else person.in_model
    assert refused(browser, person.account, in_model) == [], "no way is shown that would be refused"
    faults = []
    forms = all_forms(browser, user.id)
    assert len(forms) >= 4, forms
    for form in forms:
        if place(form):
            continue
        for name in sorted(form.texts | form.files):
            for text in TEXTS:
                said = fault(form.send(browser, name, text))
                faults += [f"{form.method} {form.address} {name} {text[:12]!r}: {one}" for one in said]
    read = list(pages_of(browser))
    faults += [f"{page}: {one}" for page, text in read for one in page_fault(text)]
    for form in forms:
        answer = browser.open(form.address, method=form.method, data=form.values, buffered=True)
        faults += [f"{form.method} {form.address}: {one}" for one in fault(answer)]
    assert faults == []
