"""Eight machines on the line at once: whether each of them gets its share of the predictor."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

CLIENTS = 8
SECONDS = 15.0


def answers_of_each(
    connect: Callable[[str], Callable[[bytes], None]], photos: Sequence[Path]
) -> tuple[list[int], list[float]]:
    """Photos that each client was answered in ``SECONDS``, and the seconds of every call.

    ``connect`` makes a client of that name, with a token of its own, as machines have; calling it with a photo returns
    when the answer is there. A client sends its next photo at once, as a machine that is too fast for the server does.
    """
    files = [photo.read_bytes() for photo in photos]
    clients = [connect(f"station {number}") for number in range(CLIENTS)]
    answered = [0] * CLIENTS
    took: list[float] = []
    ready = threading.Barrier(CLIENTS)

    def send(number: int) -> None:
        ready.wait()
        until = time.perf_counter() + SECONDS
        while (began := time.perf_counter()) < until:
            clients[number](files[(number + answered[number]) % len(files)])
            took.append(time.perf_counter() - began)
            answered[number] += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answered, took
