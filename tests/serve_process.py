"""Run ``python -m embedded`` in a test as a person would in a terminal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
OWN_SETTINGS = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "HOST", "PORT", "ADMIN_EMAIL", "ADMIN_PASSWORD")


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without the product's settings, and with these."""
    return {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS} | settings


class ServeProcess:
    """A running start and what it printed."""

    def __init__(self, output: Path, *arguments: str, **settings: str) -> None:
        self.output = output
        with output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded", *arguments],
                cwd=ROOT,
                env=environment(**settings),
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, text: str, seconds: float = 300) -> None:
        """Return once it printed that; fail with what it printed instead."""
        wait_until(lambda: text in self.text or self.process.poll() is not None, f"{text!r} printed", seconds)
        assert text in self.text, self.text

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self.output.read_text(errors="replace")

    def press_ctrl_c(self) -> int:
        """Ask it to stop; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)


@contextmanager
def serving(output: Path, *arguments: str, **settings: str) -> Iterator[ServeProcess]:
    """A start that is stopped at the end, whatever happened."""
    serve = ServeProcess(output, *arguments, **settings)
    try:
        yield serve
    finally:
        if serve.process.poll() is None:
            serve.press_ctrl_c()
