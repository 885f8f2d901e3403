"""What the tests of embedded/forks start: says its process id, then ends as it is told or waits for SIGTERM."""

import os
import signal
import sys


def _in_order(*_signal: object) -> None:
    print("ended in order", flush=True)  # noqa: T201
    sys.exit(3)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _in_order)
    print(os.getpid(), flush=True)  # noqa: T201
    if sys.argv[1] == "wait":
        signal.pause()
    sys.exit(int(sys.argv[1]))
