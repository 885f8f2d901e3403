"""While PostgreSQL or Redis is away each door says so, asks to try again, and needs neither of them to say it."""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from flask_openapi3 import OpenAPI
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError

from tests.rest.sending import assert_problem
from webapp.app import create_app
from webapp.core.extensions import db
from webapp.core.settings import load_settings
from webapp.web import away


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[OpenAPI]:
    """The product whose servers do not listen."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{nobody.getsockname()[1]}"
        urls = {"database_url": f"postgresql://a:b@{place}/c", "redis_url": f"redis://{place}"}
        settings = load_settings(data_dir=tmp_path, **urls)
        yield create_app(settings, TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_a_page_says_so_and_comes_back_by_itself(lonely: OpenAPI, language: str) -> None:
    answer = lonely.test_client().get("/sign-in", headers={"Accept-Language": language})
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    said = "A part of the system does not answer" if language == "en" else "系統"
    assert said in answer.text


def test_what_was_sent_is_not_sent_again_by_itself(lonely: OpenAPI) -> None:
    form = {"email": "a@factory.test", "password": "a"}
    answer = lonely.test_client().post("/sign-in", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 503 and "http-equiv" not in answer.text
    assert "What you sent was not saved" in answer.text


def test_a_panel_stays_as_it_is(lonely: OpenAPI) -> None:
    answer = lonely.test_client().get("/sign-in", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text, answer.headers["HX-Reswap"]) == (503, "", "none")
    assert "connection:suspect" in answer.headers["HX-Trigger"]


def test_a_script_gets_a_problem(lonely: OpenAPI) -> None:
    answer = lonely.test_client().get("/api/v1/models", headers={"Authorization": "Bearer abc"})
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_it_is_no_fault_of_the_product(lonely: OpenAPI, caplog: pytest.LogCaptureFixture) -> None:
    lonely.test_client().get("/sign-in")
    assert [record.levelname for record in caplog.records if record.exc_info] == []
    assert "OperationalError" in caplog.text


def raised(statement: str) -> Exception:
    """What PostgreSQL answers to this."""
    try:
        db.session.execute(text(statement))
    except Exception as error:
        db.session.rollback()
        return error
    raise AssertionError(statement)


def test_faults_of_statements_are_no_absence(clean_app: OpenAPI) -> None:
    for statement in ("SELECT 1/0", "SELECT nothing", "SELECT 'a'::int"):
        error = raised(statement)
        assert isinstance(error, DataError | ProgrammingError)
        assert not away.is_away(error) and not away.is_full(error)
    ended = raised("SELECT pg_terminate_backend(pg_backend_pid())")
    assert away.is_away(ended)
    slow = raised("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")
    assert isinstance(slow, OperationalError) and not away.is_away(slow)
    assert away.is_away(RedisConnectionError("refused"))


def test_a_full_disk_is_told_apart(clean_app: OpenAPI) -> None:
    full = raised("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$")
    assert isinstance(full.orig, psycopg2.errors.DiskFull)  # type: ignore[attr-defined]
    assert away.is_full(full) and not away.is_away(full)
    assert away.is_full(OSError(errno.ENOSPC, "no room")) and not away.is_full(OSError(errno.EACCES, "no"))
