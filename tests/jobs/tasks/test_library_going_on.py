"""An import or export whose worker is killed goes on by itself, nothing twice; killed too often, it says so."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
import pytest
from sqlalchemy import create_engine, text

from embedded.waiting import wait_until
from tests.builders.library import photo
from tests.builders.runs import model_with_photos
from tests.formats.files.zip_files import zipped
from webapp.core.extensions import db
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.exports.selection import ExportSelection
from webapp.exchange.imports import data_imports
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import ImportChoices
from webapp.images.intake import Upload
from webapp.models import (
    DataImport,
    DetectionModel,
    Image,
    ImportStage,
    LibraryKind,
    LibraryRun,
    RunStatus,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.operations import lost_runs
from webapp.projects import detection_models
from webapp.runs import errors as run_errors
from webapp.runs import library_runs
from webapp.runs import states as run_states

Worker = Callable[..., psutil.Process]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture(autouse=True)
def database_is_old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a database that has just started, as that of the tests may have, no missed beat counts."""
    monkeypatch.setattr(lost_runs, "HEARTBEAT_LIMIT", timedelta(seconds=0.5))


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


@pytest.fixture
def importing(model: DetectionModel, administrator: User, monkeypatch: pytest.MonkeyPatch) -> LibraryRun:
    """An import of three photos, left to the worker."""
    monkeypatch.setattr(import_runs, "READ_AT_ONCE_FILES", 0)
    sent = data_imports.create(model, Split.TRAIN, administrator)
    archive = zipped(*((f"{number}.png", photo(number)) for number in range(3)))
    data_imports.receive(sent, Upload("photos.zip", io.BytesIO(archive)))
    return import_runs.start_import(sent, ImportChoices(), administrator)


@contextmanager
def photos_locked() -> Iterator[Callable[[], bool]]:
    """Nobody can add a photo; answers whether somebody waits to."""
    with create_engine(db.engine.url).connect() as connection:
        connection.execute(text("LOCK TABLE image IN EXCLUSIVE MODE"))
        yield lambda: bool(connection.scalar(text(WAITING)))
        connection.rollback()


def state_of(run: LibraryRun) -> RunStatus:
    db.session.rollback()
    db.session.refresh(run)
    return run.status


def lose(run: LibraryRun) -> None:
    """Its worker is gone, and the janitor looks a while later."""

    def is_lost() -> bool:
        db.session.rollback()
        long_ago = now() - timedelta(minutes=1)
        run_states.change_state(
            LibraryRun, run.id, (RunStatus.RUNNING,), RunStatus.RUNNING, heartbeat_at=long_ago
        )
        lost_runs.end_lost_runs(lost_runs.Watch())
        db.session.refresh(run)
        return run.status is not RunStatus.RUNNING

    wait_until(is_lost, "the janitor sees that nobody works on it", 30)


def test_an_import_whose_worker_is_killed_while_it_writes_begins_again(
    importing: LibraryRun, worker: Worker
) -> None:
    with photos_locked() as somebody_waits:
        process = worker("io")
        wait_until(somebody_waits, "the import is about to add its photos", 60)
        both = [process, *process.children(recursive=True)]
        for one in both:
            one.kill()
        # Before the photos are unlocked: a child that still lives for a moment would add them.
        psutil.wait_procs(both, timeout=30)
    lose(importing)
    assert (importing.status, importing.resumes, importing.error) == (RunStatus.QUEUED, 1, None)
    worker("io")
    wait_until(lambda: state_of(importing).is_over, "the import is over", 60)
    assert importing.status == RunStatus.COMPLETED, importing.error
    assert sorted(db.session.scalars(db.select(Image.filename))) == ["0.png", "1.png", "2.png"]
    assert db.session.scalars(db.select(DataImport)).one().stage is ImportStage.COMPLETED


def test_an_export_whose_worker_is_killed_begins_again(administrator: User, worker: Worker) -> None:
    model = model_with_photos(administrator)
    run = export_runs.start(model, ExportSelection(photos=True), administrator)
    assert run_states.claim(LibraryRun, run.id), "by a worker that dies at once"
    lose(run)
    assert state_of(run) == RunStatus.QUEUED
    worker("io")
    wait_until(lambda: state_of(run).is_over, "the export is over", 60)
    assert run.status == RunStatus.COMPLETED, run.error
    assert export_runs.file_of(run) is not None


def test_it_is_given_up_in_words_of_an_import(importing: LibraryRun) -> None:
    for _time in range(library_runs.MOST_RESUMES):
        assert run_states.claim(LibraryRun, importing.id)
        lose(importing)
        assert importing.status == RunStatus.QUEUED
    assert run_states.claim(LibraryRun, importing.id)
    lose(importing)
    assert (importing.status, importing.error["code"]) == (RunStatus.FAILED, "work_lost")
    for code in ("work_lost", "work_killed"):
        sentence = run_errors.sentence(run_errors.error_document(code))
        assert sentence and "batch" not in sentence and "批次" not in sentence


def test_a_stop_that_was_asked_for_ends_it(importing: LibraryRun) -> None:
    assert run_states.claim(LibraryRun, importing.id)
    library_runs.request_stop(importing)
    lose(importing)
    assert importing.status == RunStatus.STOPPED


def test_other_work_is_not_done_twice(model: DetectionModel, administrator: User) -> None:
    run = library_runs.start(model, LibraryKind.MOVE, {}, administrator)
    assert run_states.claim(LibraryRun, run.id)
    lose(run)
    assert run.status == RunStatus.FAILED


def test_beats_that_nobody_could_write_are_not_missed() -> None:
    """PostgreSQL was frozen, or the machine asleep."""
    moment = 0.0
    watch = lost_runs.Watch(lambda: moment)
    assert watch.is_settled(), "at the start"
    moment += 5
    assert watch.is_settled()
    moment += 25
    assert not watch.is_settled()
    moment += 0.4
    assert not watch.is_settled()
    moment += 0.2
    assert watch.is_settled()
