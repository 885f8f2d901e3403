"""Every page, tab, filter and order of the gallery at 100,000 photos and at 1,000, asked for at 20 requests a second.

The loop is open: a request goes out at its time whether the ones before are answered or not. The time is the
server's own, from the header ``Server-Timing`` of each answer. The pages of both models are mixed, so that a slow
moment of the machine meets both.
"""

import html
import http.client
import queue
import random
import re
import statistics
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product as combinations
from urllib.parse import urlencode, urlsplit

from bench.common.needed import requests
from bench.common.running_product import RunningProduct
from bench.library.seed import seed

LARGE, SMALL = 100_000, 1_000
A_SECOND = 20
SENDERS = 24
SPLITS = ("train", "validation", "test")
SORTS = ("unlabelled", "name", "newest", "oldest")
LINK = re.compile(r'rel="next" href="([^"]+)"')


@dataclass(frozen=True)
class Timing:
    """Of one answer."""

    kind: str
    """Which filter, order and page; the same for both models."""
    large: bool
    milliseconds: float


@dataclass
class Pages:
    """The addresses that are asked for, by kind."""

    large: dict[str, str] = field(default_factory=dict)
    small: dict[str, str] = field(default_factory=dict)


def filters(categories: list[int]) -> dict[str, dict[str, str]]:
    """Each filter of the gallery alone, and those that people put together; by name."""
    today = datetime.now(UTC).date()
    month_ago, week_ago = str(today - timedelta(days=30)), str(today - timedelta(days=7))
    common, rare = str(categories[0]), str(categories[-1])
    return {
        "all": {},
        "unlabelled": {"labelled": "no"},
        "labelled": {"labelled": "yes"},
        "common category": {"category": common},
        "rare category": {"category": rare},
        "reviewed": {"reviewed": "yes"},
        "not reviewed": {"reviewed": "no"},
        "name of many": {"q": "scratch"},
        "name of few": {"q": "0099"},
        "name of none": {"q": "nowhere"},
        "one letter": {"q": "g"},
        "last week": {"from": week_ago},
        "before the last month": {"to": month_ago},
        "category, date": {"category": common, "from": week_ago},
        "category, name": {"category": common, "q": "line1"},
        "labelled, not reviewed": {"labelled": "yes", "reviewed": "no"},
        "reviewed, date, name": {"reviewed": "yes", "from": month_ago, "q": "IMG"},
    }


def pages_of(
    product: RunningProduct, browser: requests.Session, model: int, categories: list[int]
) -> dict[str, str]:
    """The address of the first page, the one that follows it, one in the middle and one at its end, of each kind."""
    base = f"/models/{model}/images"
    with product.database() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT split, (array_agg(id ORDER BY id))[count(*) / 2], max(id) FROM image "
            "WHERE model_id = %s GROUP BY split",
            (model,),
        )
        places = {split: (middle, last) for split, middle, last in cursor.fetchall()}
    found = {}
    for split, sort, (name, asked) in combinations(SPLITS, SORTS, filters(categories).items()):
        kind = f"{split}, {sort}, {name}"
        arguments = {"split": split, "sort": sort} | asked
        found[f"{kind}, first"] = f"{base}?{urlencode(arguments)}"
        following = LINK.search(browser.get(product.address + found[f"{kind}, first"]).text)
        if following:
            found[f"{kind}, second"] = html.unescape(following.group(1))
        middle, last = places[split]
        found[f"{kind}, middle"] = f"{base}?{urlencode(arguments | {'at': str(middle)})}"
        found[f"{kind}, last"] = f"{base}?{urlencode(arguments | {'at': str(last)})}"
    return found


def measure_pages(product: RunningProduct, browser: requests.Session, rounds: int) -> list[Timing]:
    """Seeds both models and asks for each page ``rounds`` times."""
    pages = Pages()
    for size, addresses in ((LARGE, pages.large), (SMALL, pages.small)):
        model = product.create_model(browser, f"{size} photos")
        categories = seed(product, model, size)
        addresses.update(pages_of(product, browser, model, categories))
    kinds = sorted(pages.large.keys() & pages.small.keys())
    wanted = [(kind, large) for kind in kinds for large in (True, False)] * rounds
    random.Random(3).shuffle(wanted)  # noqa: S311
    return _ask(
        product,
        browser,
        [(kind, large, (pages.large if large else pages.small)[kind]) for kind, large in wanted],
    )


def _ask(
    product: RunningProduct, browser: requests.Session, wanted: list[tuple[str, bool, str]]
) -> list[Timing]:
    waiting: queue.Queue[tuple[str, bool, str] | None] = queue.Queue()
    timings: list[Timing] = []
    faults: list[str] = []
    host = urlsplit(product.address).netloc
    cookies = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)}

    def answer_all() -> None:
        while (request := waiting.get()) is not None:
            kind, large, address = request
            # One that waits for its next request would be closed by the server now and then.
            connection = http.client.HTTPConnection(host, timeout=60)
            connection.request("GET", address, headers=cookies)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            timing = re.search(r"app;dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
            if answer.status != http.client.OK or timing is None:
                faults.append(f"{answer.status} {address}")
            else:
                timings.append(Timing(kind, large, float(timing.group(1))))

    senders = [threading.Thread(target=answer_all) for _number in range(SENDERS)]
    for sender in senders:
        sender.start()
    began = time.monotonic()
    for number, request in enumerate(wanted):
        time.sleep(max(0, began + number / A_SECOND - time.monotonic()))
        waiting.put(request)
    for _sender in senders:
        waiting.put(None)
    for sender in senders:
        sender.join()
    if faults:
        raise RuntimeError(f"{len(faults)} pages failed, the first: {faults[0]}")
    return timings


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def slowest_kinds(timings: list[Timing], count: int) -> list[tuple[str, float, float]]:
    """Kind, median at 100,000 and at 1,000, the largest ratio first."""
    by_kind: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    for timing in timings:
        by_kind[timing.kind][timing.large].append(timing.milliseconds)
    medians = [
        (kind, statistics.median(of[True]), statistics.median(of[False])) for kind, of in by_kind.items()
    ]
    return sorted(medians, key=lambda one: one[1] / one[2], reverse=True)[:count]
