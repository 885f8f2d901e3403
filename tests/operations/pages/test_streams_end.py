"""An open event stream ends when its reader may not see the run any more."""

import queue
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
from webapp.models import LibraryKind, LibraryRun, ModelMember, Role, RunStatus, User
from webapp.projects import detection_models, members
from webapp.runs import live_events
from webapp.runs.live_events import CHECK, Broadcaster


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
    monkeypatch.setattr(live_events, "MIN_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(live_events, "KEEP_ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(live_events, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(live_events, "SECONDS_BETWEEN_CHECKS", 0.0)
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
    assert list(events) == ["event: gone\ndata: {}\n\n"]


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


def test_a_signal_to_check_reaches_every_reader_and_hides_no_other(clean_app: OpenAPI) -> None:
    broadcaster = Broadcaster(clean_app.extensions["settings"].redis_url)
    mailbox: queue.Queue[dict[str, Any]] = broadcaster.subscribe("a")
    other = broadcaster.subscribe("b")
    broadcaster._deliver("a", {"iteration": 1})
    broadcaster._deliver(signals.ACCESS, {})
    broadcaster._deliver("a", {"iteration": 2})
    assert mailbox.get_nowait() == {"iteration": 2, CHECK: True, "changed": True}
    assert other.get_nowait() == {CHECK: True}
