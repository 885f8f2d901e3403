"""People at work: each opens a page, looks at it for some seconds, and opens the next.

    python -m bench.serving.users PORT SECONDS ADDRESS... < COOKIES

One person a cookie, one connection each, kept open as browsers do. Prints seconds of each page, and what went wrong.
"""

import http.client
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

LOOKS_AT_A_PAGE = (2.0, 8.0)
"""Seconds, from and to."""


def person(port: int, cookie: str, paths: list[str], end: float, seed: int) -> tuple[list[float], list[str]]:
    """Seconds of each page, and errors."""
    chance, seconds, errors = random.Random(seed), [], []  # noqa: S311
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    time.sleep(chance.uniform(0, LOOKS_AT_A_PAGE[1]))
    while time.monotonic() < end:
        path, began = chance.choice(paths), time.perf_counter()
        try:
            connection.request("GET", path, headers={"Cookie": cookie, "User-Agent": "bench"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                errors.append(f"{path}: {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            errors.append(f"{path}: {error!r}")
            connection.close()
        seconds.append(time.perf_counter() - began)
        time.sleep(chance.uniform(*LOOKS_AT_A_PAGE))
    return seconds, errors


def main(port: int, seconds: float, paths: list[str]) -> None:
    """Everybody at once."""
    cookies = [line.strip() for line in sys.stdin if line.strip()]
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(len(cookies)) as pool:
        work = [
            pool.submit(person, port, cookie, paths, end, number) for number, cookie in enumerate(cookies)
        ]
        found = [one.result() for one in work]
    print(
        json.dumps(
            {
                "seconds": [one for times, _errors in found for one in times],
                "errors": [one for _times, errors in found for one in errors],
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
