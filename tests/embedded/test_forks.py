"""Programs that one process forks: each lives and ends as if the supervisor had started it itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from embedded.programs import APPLICATION, LOADED_BY, LOADERS, PREPARATION, PREPARED_BY, ROOT
from embedded.waiting import wait_until

SAID = "tests.embedded.said"
SECONDS = 30


@contextmanager
def started(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Killed at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, process_group=0
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Program:
    """One that was started, what it said, and the process that was forked for it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def forked(self) -> psutil.Process:
        wait_until(lambda: "\n" in self.text, f"{self._log} says who it is", SECONDS)
        return psutil.Process(int(self.text.split()[0]))


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program that says who it is: ``start("wait")``."""
    with ExitStack() as stack:

        def program(what: str) -> Program:
            log = tmp_path / f"program-{len(list(tmp_path.iterdir()))}"
            command = ("-S", "-m", "embedded.forks.program", str(tmp_path / "sock"), SAID, what)
            return Program(stack.enter_context(started(*command, log=log)), log)

        yield program


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Has loaded little."""
    command = ("-m", "embedded.forks.parent", str(tmp_path / "sock"), "json")
    with started(*command, log=tmp_path / "parent") as process:
        yield process


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_has_the_name_the_output_and_the_status_of_its_program(
    parent: subprocess.Popen[bytes], start: Start
) -> None:
    waiting, seven = start("wait"), start("7")
    assert seven.process.wait(SECONDS) == 7
    assert seven.text.strip().isdigit()
    assert waiting.forked.ppid() == parent.pid
    wait_until(lambda: SAID in waiting.forked.cmdline(), "it has its name", SECONDS)
    assert [part for part in waiting.forked.cmdline() if part] == [sys.executable, "-m", SAID, "wait"]
    # The supervisor kills the group of what does not end.
    assert os.getpgid(waiting.forked.pid) == waiting.process.pid


def test_a_program_may_be_started_before_its_parent(start: Start, tmp_path: Path) -> None:
    early = start("0")
    assert early.process.poll() is None
    with started("-m", "embedded.forks.parent", str(tmp_path / "sock"), log=tmp_path / "parent"):
        assert early.process.wait(SECONDS) == 0


def test_one_that_is_killed_ends_its_program_and_no_other(
    parent: subprocess.Popen[bytes], start: Start
) -> None:
    victim, other = start("wait"), start("wait")
    assert other.forked.is_running()
    victim.forked.kill()
    assert victim.process.wait(SECONDS) == 128 + signal.SIGKILL
    assert other.process.poll() is None
    assert other.forked.is_running()
    again = start("0")
    assert again.process.wait(SECONDS) == 0
    assert parent.poll() is None


def test_a_program_passes_on_that_it_is_to_end(parent: subprocess.Popen[bytes], start: Start) -> None:
    told, other = start("wait"), start("wait")
    assert told.forked and other.forked
    told.process.terminate()
    assert told.process.wait(SECONDS) == 3
    assert "ended in order" in told.text
    assert other.process.poll() is None


def test_what_was_forked_ends_with_its_program(parent: subprocess.Popen[bytes], start: Start) -> None:
    program = start("wait")
    forked = program.forked
    program.process.kill()
    wait_until(lambda: is_gone(forked), "it ends", SECONDS)
    assert "ended in order" in program.text


def test_what_was_forked_ends_with_a_parent_that_is_killed(
    parent: subprocess.Popen[bytes], start: Start
) -> None:
    programs = [start("wait"), start("wait")]
    forked = [program.forked for program in programs]
    parent.kill()
    for program in programs:
        assert program.process.wait(SECONDS) != 0
    wait_until(lambda: all(is_gone(process) for process in forked), "they end", SECONDS)
    assert all("ended in order" in program.text for program in programs)


def test_a_parent_that_is_told_to_end_ends_after_its_children(
    parent: subprocess.Popen[bytes], start: Start
) -> None:
    programs = [start("wait"), start("wait")]
    assert all(program.forked for program in programs)
    parent.terminate()
    assert parent.wait(SECONDS) == 0
    assert [program.process.wait(SECONDS) for program in programs] == [3, 3]


def test_every_process_that_imports_much_is_forked() -> None:
    assert set(LOADED_BY) == set(APPLICATION) - {"web"}
    assert set(LOADED_BY.values()) == set(LOADERS)
    assert {command[2] for command in PREPARATION} <= set(LOADERS[PREPARED_BY])
    for name, loader in LOADED_BY.items():
        assert APPLICATION[name][2] in LOADERS[loader]
