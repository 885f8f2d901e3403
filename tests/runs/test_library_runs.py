"""Imports, exports and copies as runs: states, progress, stop and failure, whatever the work is."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from rq import Queue

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, LibraryKind, LibraryRun, RunStatus, User
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.runs.states import RunTakenAway


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


@pytest.fixture
def run(model: DetectionModel, administrator: User) -> LibraryRun:
    return library_runs.start(model, LibraryKind.EXPORT, {"split": None}, administrator)


def carry_out(
    run: LibraryRun, work: library_runs.Work, app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> LibraryRun:
    """As the io worker does, in this process."""
    monkeypatch.setattr(run_job, "application", lambda: app)
    monkeypatch.setitem(task_library.WORK, LibraryKind.EXPORT, work)
    task_library.carry_out_run(run.id)
    db.session.expire_all()
    return run


def test_a_started_run_waits_in_the_io_queue(run: LibraryRun, clean_app: OpenAPI) -> None:
    jobs = Queue(queues.IO, connection=clean_app.extensions["redis"]).jobs
    assert [(job.func_name, job.args, job.id) for job in jobs] == [(library_runs.JOB, (run.id,), run.job_id)]
    assert (run.status, run.parameters["split"]) == (RunStatus.QUEUED, None)


def test_work_that_ends_leaves_its_result(
    run: LibraryRun, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(run: LibraryRun) -> dict[str, Any]:
        library_runs.progress(run.id, 3, 7)
        return {"path": "a.zip"}

    carry_out(run, work, clean_app, monkeypatch)
    assert (run.status, run.done, run.total, run.result) == (RunStatus.COMPLETED, 3, 7, {"path": "a.zip"})
    assert run.finished_at is not None


def test_progress_leaves_the_transaction_of_the_work_alone(
    run: LibraryRun, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(run: LibraryRun) -> dict[str, Any]:
        db.session.add(DetectionModel(name="half done"))
        db.session.flush()
        library_runs.progress(run.id, 1)
        raise RuntimeError("the disk fell over")

    carry_out(run, work, clean_app, monkeypatch)
    assert (run.status, run.error) == (RunStatus.FAILED, {"code": "unexpected", "params": {}})
    assert db.session.scalar(db.select(DetectionModel).filter_by(name="half done")) is None


def test_a_stop_ends_the_work_at_its_next_progress(
    run: LibraryRun, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(run: LibraryRun) -> dict[str, Any]:
        with clean_app.app_context():
            library_runs.request_stop(db.session.get_one(LibraryRun, run.id))
        library_runs.progress(run.id, 1, 2)
        raise AssertionError("it went on")

    carry_out(run, work, clean_app, monkeypatch)
    assert (run.status, run.error) == (RunStatus.STOPPED, None)


def test_a_run_that_waits_is_stopped_at_once(run: LibraryRun, clean_app: OpenAPI) -> None:
    library_runs.request_stop(run)
    assert run.status == RunStatus.STOPPED
    assert Queue(queues.IO, connection=clean_app.extensions["redis"]).jobs == []


def test_a_refusal_is_kept_in_the_language_of_who_asked(
    run: LibraryRun, clean_app: OpenAPI, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(run: LibraryRun) -> dict[str, Any]:
        raise UserError("The disk is nearly full: free some space.", code="disk_full")

    carry_out(run, work, clean_app, monkeypatch)
    assert run.error == {"code": "disk_full", "message": "The disk is nearly full: free some space."}
    assert "The disk is nearly full" in client.get(f"/library-runs/{run.id}/panel").text


def test_progress_of_a_run_that_was_ended_says_so(run: LibraryRun) -> None:
    library_runs.fail(run.id, {"code": "process_lost", "params": {}})
    with pytest.raises(RunTakenAway):
        library_runs.progress(run.id, 1)


def test_small_work_is_done_inside_the_request(model: DetectionModel, administrator: User) -> None:
    run = library_runs.prepare(model, LibraryKind.IMPORT, {}, administrator)
    run = library_runs.carry_out_prepared(run, lambda run: {"images": run.model_id})
    assert (run.status, run.result, run.job_id) == (RunStatus.COMPLETED, {"images": model.id}, None)


def test_a_refusal_inside_the_request_keeps_no_run(model: DetectionModel, administrator: User) -> None:
    def work(run: LibraryRun) -> dict[str, Any]:
        raise UserError("No.")

    run = library_runs.prepare(model, LibraryKind.IMPORT, {}, administrator)
    with pytest.raises(UserError):
        library_runs.carry_out_prepared(run, work)
    assert db.session.scalar(db.select(LibraryRun)) is None


def test_the_panel_of_a_run_under_way_follows_it_and_can_stop_it(
    run: LibraryRun, client: FlaskClient
) -> None:
    page = client.get(f"/library-runs/{run.id}/panel").text
    assert f'data-live-stream="/library-runs/{run.id}/stream"' in page
    stopped = client.post(f"/library-runs/{run.id}/stop", headers={"HX-Request": "true"}).text
    assert "data-live-stream" not in stopped
    assert "Stopped." in stopped


def test_a_run_of_another_model_or_kind_is_not_there(run: LibraryRun, administrator: User) -> None:
    other = detection_models.create_model("Nuts", "", administrator)
    with pytest.raises(UserError):
        library_runs.open_run(run.id, model=other)
    with pytest.raises(UserError):
        library_runs.open_run(run.id, (LibraryKind.IMPORT,))
