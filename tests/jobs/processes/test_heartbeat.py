"""What ends a heartbeat, and what of it is a fault of ours: a traceback in the log means a bug."""

import threading

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy.exc import OperationalError

from embedded.waiting import wait_until
from jobs.processes import heartbeat
from jobs.processes.heartbeat import beating
from webapp.runs.states import RunTakenAway


@pytest.mark.parametrize(
    ("fault", "goes_on", "is_a_bug"),
    [
        (RunTakenAway("run 1 is not at work any more"), False, False),
        (OperationalError("UPDATE", {}, Exception("the server is away")), True, False),
        (ZeroDivisionError(), False, True),
    ],
)
def test_a_traceback_means_a_bug(
    clean_app: OpenAPI,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    goes_on: bool,
    is_a_bug: bool,
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.001)
    caplog.set_level("INFO")
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        raise fault

    def is_over() -> bool:
        return not any(thread.name == "heartbeat" for thread in threading.enumerate())

    with beating(clean_app, beat):
        wait_until(lambda: beats > 3 if goes_on else is_over(), "it has gone on, or ended", 10)
    assert [bool(record.exc_info) for record in caplog.records[:1]] == [is_a_bug]
