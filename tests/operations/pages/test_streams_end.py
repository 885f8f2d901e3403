"""An open event stream ends when its reader may not see the run any more."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders.runs import PASSWORD
from tests.rest.fixtures import separate_requests  # noqa: F401  (as on a server)
from webapp.accounts import administration, sessions, users
from webapp.accounts.administration import Changes
from webapp.core import signals
from webapp.core.extensions import db
from webapp.core.server.streams import Sender
from webapp.models import LibraryKind, LibraryRun, ModelMember, Role, RunStatus, User
from webapp.projects import detection_models, members
from webapp.runs import open_pages
from webapp.runs.live_events import Broadcaster
from webapp.runs.open_pages import CHECK, OpenPage, OpenPages


@pytest.fixture(autouse=True)
def no_reader_of_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread would go on after the test."""
    monkeypatch.setattr(Broadcaster, "_read", lambda _self: None)


@pytest.fixture
def run(administrator: User) -> LibraryRun:
    model = detection_models.create_model("Screw", "", administrator)
    run = LibraryRun(model_id=model.id, kind=LibraryKind.MOVE, status=RunStatus.RUNNING, parameters={})
    db.session.add(run)
    db.session.commit()
    return run


@pytest.fixture
def reader(clean_app: OpenAPI) -> User:
    return users.create_user("reader@factory.test", PASSWORD, Role.VIEWER)


@pytest.fixture
def events(
    clean_app: OpenAPI, run: LibraryRun, reader: User, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Iterator[str]]:
    """The open stream of a run, whose first event was read; it is checked at each turn."""
    settings = clean_app.extensions["settings"]
    monkeypatch.setitem(clean_app.extensions, "broadcaster", Broadcaster(settings.redis_url))
    monkeypatch.setattr(open_pages, "MIN_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(open_pages, "KEEP_ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(open_pages, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(open_pages, "SECONDS_BETWEEN_CHECKS", 0.0)
    monkeypatch.setattr(open_pages, "REFRESHES_PER_SECOND", 1e9)
    browser: FlaskClient = clean_app.test_client()
    browser.post("/sign-in", data={"email": reader.email, "password": PASSWORD})
    answer = browser.get(f"/library-runs/{run.id}/stream")
    assert answer.mimetype == "text/event-stream"
    found = (event.decode() for event in answer.iter_encoded())
    assert "event: changed" in next(found)
    assert "event: changed" in next(found), "it goes on"
    yield found
    answer.close()


def end_the_session(_run: LibraryRun, reader: User) -> None:
    administration.end_sessions(reader)


def deactivate(_run: LibraryRun, reader: User) -> None:
    administration.change(reader, Changes(active=False))


def close_the_model(run: LibraryRun, _reader: User) -> None:
    run.model.closed = True
    db.session.commit()


WAYS: list[Callable[[LibraryRun, User], None]] = [end_the_session, deactivate, close_the_model]


@pytest.mark.parametrize("change", WAYS)
def test_a_stream_ends_with_what_let_it_begin(
    events: Iterator[str], run: LibraryRun, reader: User, change: Callable[[LibraryRun, User], None]
) -> None:
    change(run, reader)
    assert list(events)[-1] == "event: gone\ndata: {}\n\n"


def test_a_stream_ends_with_the_membership(
    events: Iterator[str], run: LibraryRun, reader: User, administrator: User
) -> None:
    model = run.model
    with members.changing(model):
        members.keep_in(model, administrator)
        members.set_role(model, reader, Role.VIEWER)
        members.set_access(model, True)
    assert "event: changed" in next(events), "a member reads on"
    with members.changing(model):
        members.remove_member(model, reader)
    assert list(events)[-1] == "event: gone\ndata: {}\n\n"


@pytest.mark.parametrize("change", ["sign out", "end one", "end all", "members"])
def test_every_change_is_signalled_after_its_commit(
    clean_app: OpenAPI, administrator: User, reader: User, run: LibraryRun, monkeypatch: Any, change: str
) -> None:
    """So that streams end at once and not at the next interval."""
    published: list[tuple[str, int]] = []

    def note(topic: str, **_data: Any) -> None:
        with clean_app.app_context():
            left = db.session.query(sessions.UserSession).count() + db.session.query(ModelMember).count()
        published.append((topic, left))

    browser = clean_app.test_client()
    browser.post("/sign-in", data={"email": reader.email, "password": PASSWORD})
    monkeypatch.setattr(signals, "publish", note)
    if change == "sign out":
        browser.post("/sign-out")
    elif change == "end one":
        [row] = sessions.valid_of(reader)
        sessions.end_one(reader, row.id)
    elif change == "end all":
        administration.change(reader, Changes(active=False))
    else:
        with members.changing(run.model):
            members.set_role(run.model, administrator, Role.ENGINEER)
    assert published == [(signals.ACCESS, 2 if change == "members" else 0)]


class Browser(Sender):
    """Keeps what it was sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, text: str) -> None:
        self.texts.append(text)

    def close(self) -> None:
        self.texts.append("closed")


def pages_open_on(pages: OpenPages, *topics: str) -> list[OpenPage]:
    """They have got their first signal and may get the next one."""
    found = [OpenPage(pages, topic, lambda: False, lambda: True) for topic in topics]
    for page in found:
        page._sender = Browser()
        page._is_asking = True  # so that signals wait
        pages.add(page)
    return found


def test_a_signal_to_check_reaches_every_reader_and_hides_no_other() -> None:
    pages = OpenPages()
    page, other = pages_open_on(pages, "a", "b")
    pages.signal("a", {"iteration": 1})
    pages.signal(None, {CHECK: True})
    pages.signal("a", {"iteration": 2})
    assert page._pending == {"iteration": 2, CHECK: True, "changed": True}
    assert other._pending == {CHECK: True}


def test_with_many_pages_each_is_given_its_turn() -> None:
    pages = OpenPages()
    several = pages_open_on(pages, *["a"] * 50)
    for page in several:
        page._send({"iteration": 1})
    waits = [json.loads(page._sender.texts[0].split("data: ")[1]).get("wait", 0) for page in several]  # type: ignore[union-attr]
    turn = 1000 * 50 / open_pages.REFRESHES_PER_SECOND
    assert all(0 <= wait <= turn for wait in waits) and len(set(waits)) > 25
    for page in several:
        page.end()
    assert pages.count == 0
    [alone] = pages_open_on(pages, "a")
    alone._send({"iteration": 1})
    assert "wait" not in alone._sender.texts[0]  # type: ignore[union-attr]
    alone.end()
