"""Which processes of the product are alive: each tells Redis so every few seconds, from a thread of its own.

RQ's workers have a registry of their own and fork, which a thread would not survive: they only set their name here.
"""

import json
import logging
import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

WEB, PREDICTOR, WATCH, JANITOR = "web", "predictor", "watch", "janitor"
COMMAND = "command"
"""Whatever has no name of its own."""
INTERVAL_SECONDS = 5.0
LONGEST_SILENCE_SECONDS = 20
"""Four beats missed."""
_KEY = "processes"
_log = logging.getLogger(__name__)
_name = COMMAND


@dataclass(frozen=True)
class Beat:
    """What a process says of itself."""

    name: str
    host: str
    pid: int
    started: float
    """Seconds since 1970, as ``heard``."""
    heard: float

    @property
    def started_at(self) -> datetime:
        """In UTC."""
        return datetime.fromtimestamp(self.started, UTC)

    @property
    def heard_at(self) -> datetime:
        """In UTC."""
        return datetime.fromtimestamp(self.heard, UTC)


def set_name(name: str) -> None:
    """What this process is called from now on, in what it says and in errors that are kept."""
    global _name
    _name = name


def name() -> str:
    """Of this process; ``COMMAND`` until somebody has set it."""
    return _name


def begin(app: Flask, process: str) -> None:
    """Set the name and say every five seconds that this process is alive, until it ends. Not before a fork."""
    set_name(process)
    client = impatient_redis(app.extensions["settings"].redis_url)
    threading.Thread(target=_go_on, args=(client, process), name="alive", daemon=True).start()


def _go_on(client: Redis, process: str) -> None:
    started = time.time()
    while True:
        say_alive(client, process, started)
        time.sleep(INTERVAL_SECONDS)


def say_alive(client: Redis, process: str, started: float) -> None:
    """One beat; none where Redis does not answer."""
    beat = Beat(process, socket.gethostname(), os.getpid(), started, time.time())
    try:
        client.hset(_KEY, f"{beat.name} {beat.host} {beat.pid}", json.dumps(asdict(beat)))
    except RedisError as error:
        _log.debug("Redis does not answer: %s", error)


def alive(client: Redis) -> list[Beat]:
    """Those that were heard of within ``LONGEST_SILENCE_SECONDS``; the others are forgotten. Raises RedisError."""
    known: dict[bytes, bytes] = client.hgetall(_KEY)  # type: ignore[assignment]
    beats = {field: Beat(**json.loads(value)) for field, value in known.items()}
    oldest = time.time() - LONGEST_SILENCE_SECONDS
    gone = [field for field, beat in beats.items() if beat.heard < oldest]
    if gone:
        with suppress(RedisError):
            client.hdel(_KEY, *gone)
    return sorted(
        (beat for field, beat in beats.items() if field not in gone), key=lambda one: (one.name, one.pid)
    )


def impatient_redis(url: str) -> Redis:
    """A client that gives up within a second, for what must not wait for Redis."""
    return Redis.from_url(
        url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0), max_connections=4
    )
