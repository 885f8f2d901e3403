"""Counts wrong passwords, in Redis for all processes together; while Redis is away each process counts for itself."""

import ipaddress
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

T = TypeVar("T")


@dataclass(frozen=True)
class Bucket:
    """Wrong tries that are counted together; ``rates`` say how many are allowed in which time."""

    key: str
    rates: Sequence[RateLimitItem]


class WrongTries:
    """The counters of an installation."""

    def __init__(self, redis_url: str) -> None:
        options = {"socket_connect_timeout": 2, "socket_timeout": 2}
        self._shared = FixedWindowRateLimiter(
            storage_from_string(redis_url, key_prefix="WRONG_TRIES", **options)
        )
        self._own = FixedWindowRateLimiter(MemoryStorage())

    def wait(self, buckets: Sequence[Bucket]) -> int:
        """Seconds until the next try is allowed; 0: now."""

        def longest(limiter: FixedWindowRateLimiter) -> float:
            ends = [
                limiter.get_window_stats(rate, bucket.key).reset_time
                for bucket in buckets
                for rate in bucket.rates
                if not limiter.test(rate, bucket.key)
            ]
            return max(ends, default=0)

        end = self._with(longest)
        return max(1, math.ceil(end - time.time())) if end else 0

    def count(self, buckets: Sequence[Bucket]) -> None:
        """One more wrong try in each."""

        def hit(limiter: FixedWindowRateLimiter) -> None:
            for bucket in buckets:
                for rate in bucket.rates:
                    limiter.hit(rate, bucket.key)

        self._with(hit)

    def forget(self, bucket: Bucket) -> None:
        """The right password was given."""

        def clear(limiter: FixedWindowRateLimiter) -> None:
            for rate in bucket.rates:
                limiter.clear(rate, bucket.key)

        self._with(clear)

    def _with(self, work: Callable[[FixedWindowRateLimiter], T]) -> T:
        try:
            return work(self._shared)
        except self._shared.storage.base_exceptions:
            return work(self._own)


def init_app(app: Flask) -> None:
    """Make the counters."""
    app.extensions["wrong_tries"] = WrongTries(app.extensions["settings"].redis_url)


def counters() -> WrongTries:
    """Those of the current application."""
    found: WrongTries = current_app.extensions["wrong_tries"]
    return found


def rates(text: str) -> tuple[RateLimitItem, ...]:
    """Such as ``5 per minute; 20 per hour``."""
    return tuple(parse_many(text))


def network_of(address: str) -> str:
    """What is counted as one place: an IPv4 address, or the /64 that one line of IPv6 has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
