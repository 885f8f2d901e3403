"""Wait for a condition, and find a free port."""

import socket
import time
from collections.abc import Callable

from embedded.errors import StartError


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60, pause: float = 0.1) -> None:
    """Return once ``condition()`` holds; raises StartError naming ``what`` after that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StartError(f"Waited {seconds:.0f} seconds in vain: {what}.")
        time.sleep(pause)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
