"""Fixtures that every test may ask for."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from embedded.servers.postgres import Postgres
from embedded.servers.valkey import Valkey
from embedded.waiting import free_port, wait_until
from webapp.accounts import users
from webapp.app import create_app
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import ROOT, load_settings
from webapp.models import User

PASSWORD = "correct horse battery"


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a child process; asked to end at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        # PostgreSQL waits for open connections where it gets SIGTERM; with SIGINT both servers end at once.
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture(scope="session")
def tmp_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``DATA_DIR`` that is empty when the session starts."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL with one empty database, fast and forgetful."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", free_port(), "test")
    server.initialise()
    command = server.command("fsync=off", "full_page_writes=off", "synchronous_commit=off")
    with running(command, folder / "log"):
        wait_until(server.answers, f"PostgreSQL answers, see {folder / 'log'}")
        server.ensure_database()
        yield server.url()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey, empty when the session starts."""
    folder = tmp_path_factory.mktemp("valkey")
    server = Valkey(folder, free_port(), "test")
    with running(server.command(folder / "valkey.conf"), folder / "log"):
        wait_until(server.answers, f"Valkey answers, see {folder / 'log'}")
        yield server.url()


@pytest.fixture(scope="session")
def app(database_url: str, redis_url: str, tmp_data_dir: Path) -> OpenAPI:
    """The application on real servers, its tables made by the migrations."""
    settings = load_settings(database_url=database_url, redis_url=redis_url, data_dir=tmp_data_dir)
    application = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    storage.prepare(tmp_data_dir)
    with application.app_context():
        flask_migrate.upgrade()
    return application


@pytest.fixture
def clean_app(app: OpenAPI) -> Iterator[OpenAPI]:
    """The application with empty tables and queues, inside an app context."""
    with app.app_context():
        tables = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
        db.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        db.session.commit()
        app.extensions["redis"].flushdb()
        yield app
        db.session.remove()


@pytest.fixture
def administrator(clean_app: OpenAPI) -> User:
    """The one account of an installation that was just set up."""
    return users.create_first_administrator("admin@factory.test", PASSWORD, "Admin")


@pytest.fixture
def client(clean_app: OpenAPI, administrator: User) -> FlaskClient:
    """A browser that is signed in as the administrator and reads English."""
    browser = clean_app.test_client()
    browser.set_cookie("language", "en")
    answer = browser.post("/sign-in", data={"email": administrator.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


@pytest.fixture
def api(clean_app: OpenAPI, administrator: User) -> FlaskClient:
    """A script with the administrator's token."""
    script = clean_app.test_client()
    token = users.create_token(administrator.email)
    script.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    script.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return script


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and labels; a test that needs them fails where they are missing."""
    folder = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
    assert (folder / "fruits_nuts").is_dir(), f"the test data is missing: {folder}"
    return folder
