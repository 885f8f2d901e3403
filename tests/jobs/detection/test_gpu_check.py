"""The check of a GPU for operators, tried on the CPU: it works, and it tells what does not."""

import json
from pathlib import Path

import pytest

from bench import gpu_check
from bench.gpu_check import CheckFailed, Machine


def test_a_check_that_fails_is_named_and_the_others_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def differs(machine: Machine) -> None:
        raise CheckFailed("other numbers than on the CPU")

    checks = {"numbers": differs, "versions": gpu_check.versions, "operators": gpu_check.operators}
    monkeypatch.setattr(gpu_check, "checks_of", lambda machine: checks)
    assert gpu_check.failures(Machine("cpu", True, tmp_path)) == ["numbers"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = {line["check"]: line for line in lines if "check" in line}
    assert said["numbers"]["error"] == "CheckFailed: other numbers than on the CPU"
    assert said["versions"]["works"] and said["operators"]["works"]


@pytest.mark.slow
def test_everything_works_on_the_cpu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check.failures(Machine("cpu", True, tmp_path)) == []
    metrics = [line.get("metric") for line in map(json.loads, capsys.readouterr().out.splitlines())]
    assert {"r50_fpn_seconds_an_iteration", "training_seconds_2_processes"} <= set(metrics)
