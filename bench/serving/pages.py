"""How long pages take, as somebody else meanwhile opens them."""

import threading
import time

from bench.common.needed import requests
from bench.common.running_product import RunningProduct

SECONDS_BETWEEN = 0.2
LONGEST = 60.0


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]


class PageTimes:
    """Opens pages one after the other, five in a second at most, in a thread; a context."""

    def __init__(self, browser: requests.Session, addresses: list[str]) -> None:
        self.browser, self.addresses = browser, addresses
        self.seconds: list[float] = []
        self.broken = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._open_pages)

    def __enter__(self) -> "PageTimes":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _open_pages(self) -> None:
        number = 0
        while not self._end.is_set():
            began = time.perf_counter()
            try:
                answer = self.browser.get(self.addresses[number % len(self.addresses)], timeout=LONGEST)
                self.broken += answer.status_code != 200
            except requests.RequestException:
                self.broken += 1
            self.seconds.append(time.perf_counter() - began)
            number += 1
            self._end.wait(max(0.0, SECONDS_BETWEEN - self.seconds[-1]))


def measured_alone(product: RunningProduct, model: int, seconds: float) -> tuple[PageTimes, float]:
    """Times of pages with nothing beside them, and their 95 %, seconds."""
    times = PageTimes(product.sign_in(), addresses_of(product, model))
    with times:
        time.sleep(seconds)
    return times, p95(times.seconds)


def addresses_of(product: RunningProduct, model: int) -> list[str]:
    """Pages that people open most."""
    paths = ("/", f"/models/{model}/images", f"/models/{model}/record", f"/models/{model}/annotate", "/board")
    return [product.address + path for path in paths]
