"""``python -S -m embedded.forks.program SOCKET MODULE [ARGUMENT...]``: as ``python -m MODULE``, without its imports.

The process at the socket (``embedded/forks/parent.py``) forks one that runs the module, with the output of this one
and in its process group. Signals are passed on to it; its exit status is the status here. When this process ends, that
one is told to end, and the other way round. A supervisor so sees one program, as if it had started the module itself.
"""

import os
import signal
import socket
import sys
import time
from types import FrameType

from embedded.forks.orders import Order, send

SECONDS_TO_LOAD = 120
"""How long the imports may take; then the supervisor is to try again, and says so."""


def _connect(path: str) -> socket.socket:
    """Returns once the parent has loaded everything."""
    deadline = time.monotonic() + SECONDS_TO_LOAD
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(path)
            return connection
        except OSError as error:
            connection.close()
            if time.monotonic() > deadline:
                sys.exit(f"Nothing at {path} forks this program: {error}")
            time.sleep(0.1)


def main(path: str, module: str, *arguments: str) -> int:
    """The exit status; 128 and the signal where one ended it, as in a shell."""
    connection = _connect(path)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        connection.send(bytes([number]))

    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(name, pass_on)
    send(connection, Order(module, list(arguments), os.getpgrp()), [1, 2])
    try:
        status = int(connection.recv(16) or b"1")
    except OSError:
        # The parent is gone, and what it had forked with it.
        status = 1
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
