"""Fixtures that every test may ask for."""

import gc
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask_migrate
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from embedded.servers.postgres import Postgres
from embedded.servers.valkey import Valkey
from embedded.waiting import free_port, wait_until
from tests import audit_watch, distribution
from tests.preloaded import Preloaded, Preloading
from webapp.accounts import passwords, users
from webapp.app import create_app
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import ROOT, load_settings
from webapp.models import User

if TYPE_CHECKING:
    # Imports torch, which most tests do without.
    from tests.jobs.detection.conftest import TrainedRun

PASSWORD = "correct horse battery"

# What the tests import stays: no collection of garbage need look through it, neither now nor later.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files keep their order but for those that take long, which begin."""
    items.sort(key=lambda item: distribution.rank(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Everything is imported, in a process that runs tests and in the one that hands them out."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> distribution.ByFile:
    """Asked where ``bin/test`` runs several processes."""
    return distribution.ByFile(config, log)


class PreloadedForAll:
    """Where several processes run the tests, one process imports for all of them, while they look for the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._preloading = Preloading(folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Of a process that is to run tests."""
        node.workerinput["preloaded"] = str(self._preloading.socket)

    def pytest_unconfigure(self) -> None:
        self._preloading.end()
        shutil.rmtree(self._folder)


def pytest_configure(config: pytest.Config) -> None:
    """In the process that hands out the tests, and in each that runs them."""
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(PreloadedForAll(Path(tempfile.mkdtemp(prefix="preloaded-"))))


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


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Accounts of tests are made in a millisecond: the product's hash is made to be slow."""
    with pytest.MonkeyPatch.context() as changes:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        changes.setattr(passwords, "_hasher", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Nobody needs the files of a test after a power cut."""
    with pytest.MonkeyPatch.context() as changes:
        changes.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session")
def app(database_url: str, redis_url: str, tmp_data_dir: Path) -> OpenAPI:
    """The application on real servers, its tables made by the migrations."""
    settings = load_settings(database_url=database_url, redis_url=redis_url, data_dir=tmp_data_dir)
    application = create_app(
        settings,
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        # As the product has it, without the question before each transaction whether the server is still there.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 10, "max_overflow": 25},
    )
    audit_watch.watch(application)
    storage.prepare(tmp_data_dir)
    with application.app_context():
        flask_migrate.upgrade()
    return application


# Some hundred times as fast as TRUNCATE, which gives every table and index new files: a test leaves a few rows in a
# few tables. Neither foreign keys nor triggers look on, as all goes; only a large table is truncated.
EMPTY_ALL_TABLES = """
DO $$
DECLARE one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        IF pg_relation_size(one) > 2 ^ 20 THEN
            EXECUTE format('TRUNCATE %s CASCADE', one);
        ELSE
            EXECUTE format('DELETE FROM %s', one);
        END IF;
    END LOOP;
    PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""


@pytest.fixture
def clean_app(app: OpenAPI) -> Iterator[OpenAPI]:
    """The application with empty tables and queues, inside an app context."""
    with app.app_context():
        db.session.execute(text(EMPTY_ALL_TABLES))
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
def preloaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Preloaded]:
    """Starts workers and the like without the seconds that their imports take."""
    of_all: Path | None = getattr(request.config, "workerinput", {}).get("preloaded")
    if of_all:
        yield Preloaded(Path(of_all))
    else:
        preloading = Preloading(tmp_path_factory.mktemp("preloaded"))
        yield Preloaded(preloading.socket)
        preloading.end()


def environment_of(app: OpenAPI) -> dict[str, str]:
    """In which another process of the product works on the same servers and files."""
    settings = app.extensions["settings"]
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
    }


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and labels; a test that needs them fails where they are missing."""
    folder = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
    assert (folder / "fruits_nuts").is_dir(), f"the test data is missing: {folder}"
    return folder


@pytest.fixture(scope="session")
def learnt_by_heart(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> "TrainedRun":
    """Weights that find the objects of two photos; the files that ask for them run in one process."""
    from tests.jobs.detection.conftest import learn_by_heart

    return learn_by_heart(shared_data / "fruits_nuts", tmp_path_factory.mktemp("by_heart"))
