"""Two workers with settings of two machines train one run together. On a CPU, by gloo."""

from collections.abc import Callable

import psutil
import pytest
from flask_openapi3 import OpenAPI
from rq import Queue, Worker

from embedded.waiting import free_port, wait_until
from jobs.processes import machines
from jobs.tasks import run_job
from jobs.tasks import training as task_training
from tests.jobs.conftest import QUICK
from tests.jobs.waiting import state_of, wait_for, wait_for_iteration
from webapp.core import queues
from webapp.core.settings import Settings, SettingsError, load_settings
from webapp.models import DetectionModel, RunStatus, User
from webapp.training import log as training_log
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs

TWO = QUICK | {"batch_size": 2, "data_workers": 0}
Start = Callable[..., psutil.Process]


def start_two(worker: Start) -> psutil.Process:
    """Returns the worker of the second machine."""
    address = f"127.0.0.1:{free_port()}"
    worker("train", MACHINES="2", MACHINE_RANK="0", MACHINES_ADDRESS=address)
    return worker("train", MACHINES="2", MACHINE_RANK="1", MACHINES_ADDRESS=address)


def done_by_the_second(app: OpenAPI) -> int:
    """Jobs that ended well."""
    queue = Queue(queues.train_queue(1), connection=app.extensions["redis"])
    return sum(worker.successful_job_count for worker in Worker.all(queue=queue))


@pytest.fixture
def leading(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """This process is the worker of the leading one of two machines."""
    settings = clean_app.extensions["settings"].model_copy(
        update={"machines": 2, "machines_address": f"127.0.0.1:{free_port()}"}
    )
    monkeypatch.setitem(clean_app.extensions, "settings", settings)
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    return settings


@pytest.mark.slow
def test_two_machines_train_a_run_and_a_killed_one_fails_the_next(
    fruits: DetectionModel, administrator: User, worker: Start, clean_app: OpenAPI
) -> None:
    second = start_two(worker)
    run = training_runs.start(fruits, administrator, TWO)
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED, seconds=240)
    assert run.status == RunStatus.COMPLETED, run.error
    assert [loss.iteration for loss in training_runs.list_losses(run.id)] == [1, 2, 3]
    assert set(run.metrics) == {"bbox", "segm"}
    log = training_log.tail(run.id, 10_000)
    assert len([line for line in log if "from iteration 1 of 3" in line]) == 1, "of the process that reports"
    wait_until(lambda: done_by_the_second(clean_app) == 1, "the second machine had its part", 30)

    lost = training_runs.start(fruits, administrator, TWO | {"iterations": 5000})
    wait_for_iteration(lost, 2)
    second.kill()
    wait_for(lost, RunStatus.FAILED, seconds=120)
    assert lost.error["code"] == "process_killed"


def test_a_machine_that_does_not_take_part_fails_the_run_with_its_number(
    fruits: DetectionModel, administrator: User, leading: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "SECONDS_TO_JOIN", 0.0)
    run = training_runs.start(fruits, administrator, TWO)
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.FAILED
    assert run.error == {"code": "machine_missing", "params": {"rank": 1}}
    assert queues.waiting(queues.train_queue(1)) == 0, "nobody is asked any more"


def test_a_batch_that_cannot_be_shared_out_is_trained_alone_and_the_page_says_so(
    fruits: DetectionModel, administrator: User, leading: Settings
) -> None:
    run = training_runs.start(fruits, administrator, TWO | {"batch_size": 1, "iterations": 1})
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.COMPLETED, run.error
    assert run.notices == ["trained_alone"]


def test_a_machine_that_comes_too_late_leaves_the_run_alone(
    fruits: DetectionModel, administrator: User, leading: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_training, "application", run_job.application)
    run = training_runs.start(fruits, administrator, TWO)
    training_progress.claim(run.id)
    training_runs.resume_lost(run.id)
    training_progress.claim(run.id)
    task_training.take_part(run.id, attempt=1, processes=1, resume=False, token="early")
    assert (state_of(run), run.attempt, run.iteration) == (RunStatus.RUNNING, 2, 0)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"machines": 2}, "MACHINES_ADDRESS"),
        ({"machines": 2, "machines_address": "leader"}, "MACHINES_ADDRESS"),
        ({"machine_rank": 1}, "MACHINE_RANK"),
        ({"machines": 2, "machine_rank": 2, "machines_address": "leader:5000"}, "MACHINE_RANK"),
    ],
)
def test_wrong_settings_stop_the_start(settings: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(database_url="postgresql://x", redis_url="redis://x", **settings)


def test_a_machine_waits_for_the_others_while_the_run_wants_it(leading: Settings) -> None:
    wanted = iter([True, True, False])
    assert not machines.is_complete("nobody-comes", lambda: next(wanted))
    assert list(wanted) == []
