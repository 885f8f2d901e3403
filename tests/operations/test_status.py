"""What the administrators' page knows: processes, queues, machine, versions, errors."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from rq import Queue, Worker
from rq.job import Job
from sqlalchemy import update

from embedded.waiting import wait_until
from tests.builders import runs as builders
from tests.conftest import environment_of
from tests.preloaded import Preloaded, end
from webapp.core import logs, queues
from webapp.core.extensions import db
from webapp.core.monitoring import kept_errors, processes, versions
from webapp.models import RunStatus, TrainingRun, User
from webapp.models.columns import now
from webapp.operations.status import errors, machine
from webapp.operations.status import processes as process_status
from webapp.operations.status.processes import EXPECTED, Process, ProcessStatus
from webapp.runs import training_machine
from webapp.runs.errors import error_document
from webapp.training import runs as training_runs


@pytest.fixture
def keeping(clean_app: OpenAPI) -> Iterator[None]:
    """This process keeps its errors, whatever another test has done to the logs."""
    before = list(logging.getLogger().handlers)
    # Another test's application may have left its own.
    logging.getLogger().handlers[:] = [one for one in before if not isinstance(one, kept_errors.ErrorKeeper)]
    kept_errors.init_app(clean_app)
    yield
    logging.getLogger().handlers[:] = before


def by_name() -> dict[str, list[Process]]:
    found: dict[str, list[Process]] = {}
    for process in process_status.list_processes():
        found.setdefault(process.name, []).append(process)
    return found


def test_where_nothing_runs_everything_is_missing(clean_app: OpenAPI) -> None:
    assert [(one.name, one.status) for one in process_status.list_processes()] == [
        (name, ProcessStatus.MISSING) for name in EXPECTED
    ]
    assert set(process_status.count_alive([]).values()) == {0}


def test_processes_that_run_are_there(clean_app: OpenAPI, preloaded: Preloaded, tmp_path: Path) -> None:
    environment = environment_of(clean_app)
    started = [
        preloaded.start("jobs.processes.worker", "io", environment=environment, log=tmp_path / "io"),
        preloaded.start("jobs.processes.janitor", environment=environment, log=tmp_path / "janitor"),
    ]
    try:
        for name, process in zip(("worker-io", "janitor"), started, strict=True):
            wait_until(
                lambda name=name: by_name()[name][0].status is ProcessStatus.IDLE, f"{name} is there", 60
            )  # type: ignore[misc]
            [found] = by_name()[name]
            assert found.pid == process.pid and found.started_at is not None
    finally:
        end(started)
    wait_until(lambda: by_name()["worker-io"][0].status is ProcessStatus.MISSING, "the worker has gone", 30)


def test_one_that_is_silent_is_forgotten(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = clean_app.extensions["redis"]
    processes.say_alive(redis, processes.WATCH, time.time())
    assert [beat.name for beat in processes.alive(redis)] == ["watch"]
    monkeypatch.setattr(processes, "LONGEST_SILENCE_SECONDS", -1)
    assert processes.alive(redis) == []
    assert redis.hlen("processes") == 0


def test_a_worker_at_work_says_on_what(clean_app: OpenAPI, administrator: User) -> None:
    model = builders.model_with_photos(administrator)
    run = training_runs.start(model, administrator, {"iterations": 10})
    redis = clean_app.extensions["redis"]
    queue = Queue(queues.TRAIN, connection=redis)
    assert process_status.queue_lengths()["train"] == 1
    worker = Worker([queue], connection=redis)
    worker.register_birth()
    worker.prepare_execution(Job.fetch(run.job_id or "", connection=redis))
    [found] = by_name()["worker-train"]
    assert (found.status, found.job, found.run) == (ProcessStatus.WORKING, training_runs.JOB, run)
    assert process_status.count_alive([found])["worker-train"] == 1


def test_a_worker_that_is_not_heard_of_is_silent(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = clean_app.extensions["redis"]
    Worker([Queue(queues.IO, connection=redis)], connection=redis).register_birth()
    assert by_name()["worker-io"][0].status is ProcessStatus.IDLE
    monkeypatch.setattr(process_status, "LONGEST_SILENCE", now() - now())
    assert by_name()["worker-io"][0].status is ProcessStatus.SILENT


def test_errors_are_kept_with_where_they_were(clean_app: OpenAPI, keeping: None) -> None:
    token = logs.context_id.set("abc123def456")
    try:
        raise ValueError("two\nlines /images?token=secret")
    except ValueError:
        logging.getLogger("tests").exception("%s went wrong", "this")
    finally:
        logs.context_id.reset(token)
    logging.getLogger("tests").warning("not an error")
    [error] = errors.newest()
    assert (error.context, error.sentence) == ("abc123def456", "this went wrong")
    assert error.cause == "ValueError: two\\x0alines /images?token=…"


def test_only_the_newest_errors_are_kept(clean_app: OpenAPI, keeping: None) -> None:
    for number in range(kept_errors.KEPT + 5):
        logging.getLogger("tests").error("number %s", number)
    kept = kept_errors.newest(clean_app.extensions["redis"])
    assert len(kept) == kept_errors.KEPT and kept[0].message == f"number {kept_errors.KEPT + 4}"


def test_a_failed_run_is_told_once_with_its_sentence(
    clean_app: OpenAPI, keeping: None, administrator: User
) -> None:
    model = builders.model_with_photos(administrator)
    run = builders.finished_training(model, administrator)
    failed = {"status": RunStatus.FAILED, "error": error_document("disk_full"), "finished_at": now()}
    db.session.execute(update(TrainingRun).where(TrainingRun.id == run.id).values(failed))
    db.session.commit()
    token = logs.context_id.set(f"training-run:{run.id}")
    logging.getLogger("tests").error("the run failed")
    logs.context_id.reset(token)
    with clean_app.test_request_context(headers={"Accept-Language": "en"}):
        [error] = errors.newest()
    assert error.run is not None and error.run.id == run.id
    assert (error.context, error.sentence) == (
        f"training-run:{run.id}",
        "The disk is full: free some space and start again.",
    )


def test_the_machine_is_read_from_the_system(clean_app: OpenAPI, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  8000 kB\nMemAvailable:  2000 kB\nOther: 1 kB\n")
    card = tmp_path / "driver" / "nvidia" / "gpus" / "0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA H200\nIRQ:   1\n")
    found = machine.look(tmp_path)
    assert (found.memory, found.memory_free, found.gpus) == (8_192_000, 2_048_000, ("NVIDIA H200",))
    assert found.cores >= 1 and found.trains_on_gpu is None
    training_machine.announce(gpu=False, coco_weights=False, memory=5)
    assert (machine.look(tmp_path).trains_on_gpu, machine.look().training_memory) == (False, 5)
    assert machine.look(tmp_path / "none").memory is None


def test_versions_are_those_that_run(clean_app: OpenAPI) -> None:
    training_machine.announce(gpu=False, coco_weights=False, versions={"torch": "9.9"})
    found = machine.list_versions()
    assert found["torch"] == "9.9", "of the machine that trains"
    assert found["program"] == versions.program_version() != ""
    assert found["PostgreSQL"].split(".")[0].isdecimal() and found["Valkey"] and found["tables"]


def test_what_is_not_installed_has_no_version() -> None:
    assert set(versions.installed_versions("flask", "no-such-package")) == {"flask"}
