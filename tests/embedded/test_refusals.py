"""A start that cannot be is one sentence, without a traceback; what destroys asks first."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from embedded import __main__ as starting
from embedded import full_disk
from embedded.errors import StartError
from embedded.start import sentence_of
from tests.conftest import environment_of
from tests.serve_process import ROOT, environment
from webapp.core.extensions import db

TRACEBACK = "Traceback"


def run(*arguments: str, environment: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, input=stdin, capture_output=True, text=True)


def test_tables_of_a_newer_program_are_not_touched(clean_app: OpenAPI) -> None:
    before = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    db.session.commit()
    try:
        answer = run(
            "-m", "flask", "--app", "webapp.wsgi", "db", "upgrade", environment=environment_of(clean_app)
        )
        assert answer.returncode != 0
        said = sentence_of(answer.stdout + answer.stderr)
        assert said and said.startswith(
            "The database is newer than this program (version of_tomorrow): start"
        )
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == "of_tomorrow"
    finally:
        db.session.rollback()
        db.session.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
        db.session.commit()


def test_the_sentence_of_a_log_is_its_end_unless_something_is_broken() -> None:
    assert sentence_of("INFO Context\nERROR [flask_migrate] Error: No.\n\n") == "No."
    assert sentence_of("Traceback (most recent call last):\n  File\nValueError: Error: No.") is None
    assert sentence_of("INFO fine") is None and sentence_of("") is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of DATA_DIR is full: make room"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/data/secrets/key"),
            "Cannot use /data/secrets/key",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_said(error: OSError, sentence: str) -> None:
    assert starting._sentence(error).startswith(sentence)


def test_a_full_disk_is_known_by_what_a_log_says_or_by_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "psycopg2.errors.DiskFull: could not extend file base/5: No space left on device"
    assert full_disk.is_reason(StartError(f"`flask db upgrade` failed. {log}"), tmp_path)
    assert not full_disk.is_reason(StartError("postgres does not start. FATAL: no such role"), tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=4096))
    assert full_disk.is_reason(StartError("postgres does not start. "), tmp_path)


def test_other_faults_are_not_hidden() -> None:
    with pytest.raises(OSError, match="broken"):
        starting._sentence(OSError(errno.EPIPE, "broken"))


def test_a_wrong_address_of_the_administrator_stops_the_start(tmp_path: Path) -> None:
    settings = environment(DATA_DIR=str(tmp_path / "data"), ADMIN_EMAIL="admin", ADMIN_PASSWORD="x")
    answer = run("-m", "embedded", environment=settings)
    assert answer.returncode == 1 and TRACEBACK not in answer.stderr
    assert "ADMIN_EMAIL: " in answer.stderr and "must be a complete e-mail address" in answer.stderr
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("answer", ["", "no\n", "y\n"])
def test_a_downgrade_asks_first(answer: str) -> None:
    refused = run("-m", "embedded.manage", "db", "downgrade", "base", environment=environment(), stdin=answer)
    assert refused.returncode == 1 and "Nothing was changed." in refused.stderr
    assert "everything in them" in refused.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_at_the_first_start_is_one_sentence_and_goes_away(tmp_path: Path) -> None:
    script = (
        "mount -t tmpfs -o size=12m none . &&"
        f" (cd {ROOT} && timeout 120 {sys.executable} -m embedded --servers-only) 2>said; code=$?;"
        f" cat said; echo; ls {tmp_path}/data; exit $code"
    )
    settings = environment(DATA_DIR=str(tmp_path / "data"))
    command = ["unshare", "--mount", "sh", "-c", script]
    answer = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True)
    assert answer.returncode == 1, answer.stdout
    assert "make room, then start again." in answer.stdout and TRACEBACK not in answer.stdout
    left = answer.stdout.rpartition("start again.")[2].split()
    assert left and not any(name.startswith("postgres") for name in left), "nothing half made is left"
