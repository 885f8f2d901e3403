"""A script, a formula, a broken header, turned and endless text in every field: refused whole, or kept and harmless."""

import csv
import html
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import text as sql
from werkzeug.test import TestResponse

from tests.attacks import text_fields
from tests.attacks.test_every_call import operations
from tests.builders import runs as builders
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.core.logs import ContextFilter, LineFormatter
from webapp.models import DetectionModel, Image, Role, User

SCRIPT = "<script>window.hostile=1</script>"
TEXTS = [
    f"{SCRIPT}\"'><img src=x onerror=window.hostile=1>",
    '=HYPERLINK("http://factory.test","a")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "a\r\nSet-Cookie: hostile=1\r\n\r\nhostile",
    "2026-11-30\n2026-11-30 08:00:00,000 INFO hostile",
    "\u202egpj.exe",
    "a\u2066b\u2028c\u0085d",
    "x" * 5000,
    "a\x00b",
]
KNOWN_ON_PAGES = {
    ("models.create", "name"),
    ("models.edit", "description"),
    ("categories.create", "name"),
    ("categories.change", "name"),
    ("photo_labels.set_review", "note"),
    ("training.describe_run", "name"),
    ("training.describe_run", "note"),
    ("account.change_profile", "name"),
    ("users.create", "name"),
    ("api_tokens.create", "name"),
}
TURNS = "[\u202a-\u202e\u2066-\u2069]"
IN_FIELDS = re.compile(r"<textarea.*?</textarea>|<input[^>]*>", re.DOTALL)
"""A person may see again what they have typed."""
CONTROL = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
"""But for tabs and line ends, which notes have."""
MANY = "/users/import"
NO_PREDICTOR = 503
CHANGES_BY_ITSELF = {
    "image_file",
    "user_session",
    "api_token",
    "audit_entry",
    "audit_head",
    "alembic_version",
}


class Tables:
    """What lies in the database, as it was after the last request."""

    def __init__(self) -> None:
        self.names = sorted(set(db.metadata.tables) - CHANGES_BY_ITSELF)
        # When somebody was last seen is noted once a minute, whatever is asked.
        parts = [
            f"SELECT count(*), sum(hashtextextended((to_jsonb(one) - 'last_seen_at')::text, 0)) FROM {name} AS one"  # noqa: S608
            for name in self.names
        ]
        self._statement = sql(" UNION ALL ".join(f"({part})" for part in parts))
        self.changed()

    def changed(self) -> list[str]:
        """Tables that are not as they were the last time."""
        rows = db.session.execute(self._statement).all()
        db.session.rollback()
        before, self._state = getattr(self, "_state", rows), rows
        return [name for name, now, then in zip(self.names, rows, before, strict=True) if now != then]

    def with_text(self, pattern: str) -> list[str]:
        """Tables in which some row matches."""
        found = []
        for name in self.names:
            statement = f"SELECT one::text FROM {name} AS one WHERE one::text ~ :pattern LIMIT 1"  # noqa: S608
            row = db.session.scalar(sql(statement), {"pattern": pattern})
            found += [f"{name}: {row!r}"] if row else []
        return found


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the product writes into its log."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(LineFormatter("LINE %(levelname)s %(name)s [%(context_id)s] %(message)s"))
    handler.addFilter(ContextFilter())
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def everything(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """A model with all that has a field for text: photos, runs, predictions, another account."""
    model = builders.model_with_photos(administrator, train=3)
    builders.finished_training(model, administrator)
    builders.finished_prediction(model, administrator)
    users.create_user("other@factory.test", PASSWORD, Role.VIEWER)
    db.session.commit()
    return model


def check(answer: TestResponse, tables: Tables, where: str) -> str | None:
    """What is wrong with the answer to a request with one of ``TEXTS``."""
    changed = tables.changed()
    if answer.status_code >= 500 and answer.status_code != NO_PREDICTOR:
        return f"{where}: {answer.status_code}"
    if any("hostile" in value for value in answer.headers.getlist("Set-Cookie")):
        return f"{where}: a header was added"
    if answer.mimetype == "text/html" and SCRIPT in answer.text:
        return f"{where}: the script stands in the page"
    shown = IN_FIELDS.sub("", html.unescape(answer.text)) if answer.mimetype == "text/html" else ""
    if answer.is_json and answer.status_code < 400:
        shown = json.dumps(answer.get_json(), ensure_ascii=False)
    if re.search(TURNS, shown):
        return f"{where}: the answer turns text"
    if answer.status_code >= 400 and changed:
        return f"{where}: refused with {answer.status_code}, but {changed} changed"
    if answer.status_code >= 400 and not re.search(r"\w{2}", re.sub(r"<[^>]*>", "", answer.text)):
        return f"{where}: refused with {answer.status_code}, without a sentence"
    return None


def check_log(logged: io.StringIO) -> None:
    """Each line was begun by the product."""
    lines = logged.getvalue().splitlines()
    assert [line for line in lines if not line.startswith("LINE ")] == []


def test_texts_in_every_form(client: FlaskClient, everything: DetectionModel, logged: io.StringIO) -> None:
    fields, tables = text_fields.on_pages(client), Tables()
    assert fields.keys() >= KNOWN_ON_PAGES, KNOWN_ON_PAGES - fields.keys()
    faults = []
    for (endpoint, name), form in fields.items():
        for text in TEXTS:
            answer = form.send(client, name, text)
            faults.append(check(answer, tables, f"{endpoint} {name} {text[:20]!r}"))
    assert client.get("/").status_code == 200, "still signed in"
    faults += tables.with_text(TURNS) + tables.with_text(CONTROL)
    assert [fault for fault in faults if fault] == []
    check_log(logged)


def test_texts_in_every_call(api: FlaskClient, everything: DetectionModel, logged: io.StringIO) -> None:
    tables = Tables()
    photo = db.session.query(Image.id).order_by(Image.id).limit(1).scalar()
    ids = {"model_id": everything.id, "image_id": photo, "run_id": 1, "import_id": 1}
    ids["user_id"] = users.open_by_email("other@factory.test").id
    faults: list[str | None] = []
    places = 0
    for operation in operations(api.application):
        for text in TEXTS:
            for place, sent in text_fields.of_call(operation, text):
                places += 1
                answer = api.open(
                    operation.path.format(**ids), method=operation.method, buffered=True, **sent
                )
                faults.append(check(answer, tables, f"{operation.name} {place} {text[:20]!r}"))
    assert places > 30 * len(TEXTS), places
    faults += tables.with_text(TURNS) + tables.with_text(CONTROL)
    assert [fault for fault in faults if fault] == []
    check_log(logged)


def test_names_in_a_table_of_accounts_and_of_a_browser(client: FlaskClient, logged: io.StringIO) -> None:
    tables = Tables()
    faults: list[str | None] = []
    for number, text in enumerate(TEXTS):
        lines = io.StringIO()
        csv.writer(lines).writerows(
            [["name", "email", "role"], [text, f"new{number}@factory.test", "viewer"]]
        )
        sent = {"file": (io.BytesIO(lines.getvalue().encode()), "accounts.csv")}
        faults.append(check(client.post(MANY, data=sent), tables, f"accounts {text[:20]!r}"))
    assert db.session.query(User).count() > 5
    browser = client.application.test_client()
    form = {"email": "admin@factory.test", "password": PASSWORD}
    for text in TEXTS:
        # Neither line ends nor NUL reach the product in a header; its bytes are read as Latin-1.
        agent = re.sub(r"[\r\n\x00]", "", text).encode().decode("latin-1")
        assert browser.post("/sign-in", data=form, headers={"User-Agent": agent}).status_code == 302
    faults += tables.with_text(TURNS) + tables.with_text(CONTROL)
    sessions = db.session.scalars(sql("SELECT browser FROM user_session")).all()
    faults += [one for one in sessions if re.search(f"{TURNS}|{CONTROL}", one)]
    assert [fault for fault in faults if fault] == []
    check_log(logged)
