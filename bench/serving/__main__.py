"""What the web server stands: ``.venv/bin/python -m bench.serving [slow] [streams] [users] [photos] [polls] [idle]``.

All parts where none is named. Each starts the whole product on an empty folder, as ``bin/serve`` does, and holds times
of pages against those without the burden in the same run. docs/performance.md says what the figures mean.

Needs ``bin/setup test``, and ``bsdata`` in the shared data for ``users``.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.common.needed import requests
from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product
from bench.serving import large_photos, memory
from bench.serving.pages import PageTimes, addresses_of, measured_alone, p95
from bench.serving.watched_run import WatchedRun
from webapp.core.settings import ROOT

ALONE = 30.0
"""Seconds in which pages are opened with nothing beside them."""
SLOW_CLIENTS = 300
SECONDS_A_KIND = 60.0
"""Of slow headers, then of slow bodies."""
STREAMS = int(os.environ.get("STREAMS", "500"))
WATCHED_SECONDS = 60.0
PARALLEL = 48
USERS = 100
USER_SECONDS = 60.0
POLLS, POLLERS = 20_000, 500
POLL_SECONDS = (2.0, 5.0, 20.0)
"""The intervals that documents and pages name."""
QUIET_SECONDS = 10.0


def part(module: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """A program of this bench, so that its work is in a process of its own."""
    command = [sys.executable, "-m", f"bench.serving.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, **options)


def port_of(product: RunningProduct) -> int:
    """Where it listens."""
    return int(product.address.rsplit(":", 1)[1])


def cookie_of(browser: requests.Session) -> str:
    """As a browser sends it."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def warmed(addresses: list[str], browser: requests.Session) -> None:
    """The threads and connections to the database that requests use are there: they are no part of a stream."""
    headers = {"Cookie": cookie_of(browser), "User-Agent": browser.headers["User-Agent"]}
    with ThreadPoolExecutor(PARALLEL) as pool:
        for answer in pool.map(
            lambda address: requests.get(address, headers=headers, timeout=60), addresses * 40
        ):
            answer.raise_for_status()


def slow() -> None:
    """``page_p95_ratio_slow_clients``."""
    with running_product() as product:
        browser = product.sign_in()
        model = product.create_model(browser, "Slow")
        times, alone = measured_alone(product, model, ALONE)
        for kind in ("headers", "bodies"):
            clients = part("slow_clients", port_of(product), SLOW_CLIENTS, SECONDS_A_KIND, kind)
            time.sleep(2)
            with PageTimes(browser, times.addresses) as beside:
                output = clients.communicate()[0]
            print(f"slow {kind}: {len(beside.seconds)} pages, {output.strip()}", file=sys.stderr)
            report(f"page_p95_ms_slow_{kind}", 1000 * p95(beside.seconds), "ms", 1000 * alone)
            report(f"page_p95_ratio_slow_clients_{kind}", p95(beside.seconds) / alone, "times", 1.5)
            report(f"pages_broken_slow_{kind}", beside.broken, "pages", 0)


def streams() -> None:
    """``stream_event_p95_ms_500``, ``page_p95_ratio_500_streams``, ``stream_kb``."""
    with running_product() as product:
        browser = product.sign_in()
        model = product.create_model(browser, "Streams")
        run = WatchedRun(product, model)
        times, alone = measured_alone(product, model, ALONE)
        warmed(addresses_of(product, model), browser)
        before = memory.web_kb(product)
        watchers = part(
            "watchers", port_of(product), run.id, STREAMS, WATCHED_SECONDS + 5, stdin=subprocess.PIPE
        )
        if watchers.stdin is None or watchers.stdout is None:
            raise RuntimeError("it has no pipes")
        watchers.stdin.write(cookie_of(browser) + "\n")
        watchers.stdin.flush()
        opened = json.loads(watchers.stdout.readline())["open"]
        grown = memory.web_kb(product) - before
        with PageTimes(browser, times.addresses) as beside:
            sent = run.iterate(WATCHED_SECONDS)
            after = memory.web_kb(product) - before
        found = json.loads(watchers.communicate()[0])
        waited = [received - sent[number] for number, received in found["received"] if number in sent]
        expected = len(sent) * opened
        print(
            f"{opened} streams, {found['refreshed']} refreshes, {len(waited)} of {expected} events, "
            f"failed: {found['failed']}",
            file=sys.stderr,
        )
        report(f"streams_open_{STREAMS}", opened, "streams", STREAMS)
        report(f"stream_event_p95_ms_{STREAMS}", 1000 * p95(waited or [60.0]), "ms", 150)
        report(f"stream_events_received_{STREAMS}", len(waited) / max(1, expected), "of all", 1)
        report(f"page_p95_ratio_{STREAMS}_streams", p95(beside.seconds) / alone, "times", 1.5)
        report(f"page_p95_ms_{STREAMS}_streams", 1000 * p95(beside.seconds), "ms", 1000 * alone)
        report("stream_kb", grown / max(1, opened), "KiB", 60)
        report("stream_kb_at_work", after / max(1, opened), "KiB")


def users() -> None:
    """``hundred_users_errors`` and ``hundred_users_p95_ms``."""
    from bench.serving.training import started_training

    with running_product() as product:
        run, model = started_training(product)
        cookies = "\n".join(cookie_of(product.sign_in()) for _ in range(USERS))
        paths = [address.removeprefix(product.address) for address in addresses_of(product, model)]
        paths += [f"/training-runs/{run}/panel", f"/training-runs/{run}"]
        people = part("users", port_of(product), USER_SECONDS, *paths, stdin=subprocess.PIPE)
        found = json.loads(people.communicate(cookies)[0])
        status = product.count("SELECT count(*) FROM training_run WHERE status = 'running'")
        print(
            f"{len(found['seconds'])} pages; errors {found['errors'][:5]}; {status} trains", file=sys.stderr
        )
    report("hundred_users_errors", len(found["errors"]), "errors", 0)
    report("hundred_users_p95_ms", 1000 * p95(found["seconds"]), "ms", 1000)


def photos() -> None:
    """``three_large_photos_mb``."""
    with running_product() as product:
        report("three_large_photos_mb", large_photos.peak_mb(product, 3), "MiB", 2500)


def polls() -> None:
    """``broken_polls``: of scripts with one connection each, at each interval that is documented."""
    with running_product() as product:
        broken = done = 0
        for seconds in POLL_SECONDS:
            each = max(2, math.ceil(POLLS / len(POLL_SECONDS) / POLLERS))
            script = part("polls", port_of(product), POLLERS, each, seconds)
            found = json.loads(script.communicate()[0])
            broken, done = broken + found["broken"], done + found["done"]
    report("polls", done, "polls", POLLS)
    report("broken_polls", broken, "polls", 0)


def idle() -> None:
    """``idle_memory_mb`` and ``start_seconds``."""
    began = time.perf_counter()
    with running_product() as product:
        report("start_seconds", time.perf_counter() - began, "s")
        product.sign_in()
        time.sleep(QUIET_SECONDS)
        report("idle_memory_mb", memory.installation_mb(product), "MiB", 2390 * 2 / 3)


PARTS: dict[str, Callable[[], None]] = {
    "slow": slow,
    "streams": streams,
    "users": users,
    "photos": photos,
    "polls": polls,
    "idle": idle,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        print(f"{name}: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        PARTS[name]()
