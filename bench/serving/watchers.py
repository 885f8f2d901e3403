"""Browsers that watch one training run, as ``static/js/web/live_run.js`` does.

    python -m bench.serving.watchers PORT RUN COUNT SECONDS < COOKIE

Each holds an event stream; at a signal it fetches panel and losses, after the time that the signal names. Prints a line
``open`` once all streams are there, and at the end one with what each received: pairs of iteration and time.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

PARALLEL_STARTS = 20
SECONDS_TO_OPEN = 60


@dataclass
class Watchers:
    """All of them, and what they have received."""

    port: int
    run: int
    cookie: str
    received: list[tuple[int, float]] = field(default_factory=list)
    opened: int = 0
    shown: int = 0
    """About the last iteration in the charts: only losses beyond it are fetched."""
    refreshed: int = 0
    failed: list[str] = field(default_factory=list)
    starts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL_STARTS))

    def request(self, path: str) -> bytes:
        """Of a browser that is signed in."""
        return (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
            "User-Agent: bench\r\nHX-Request: true\r\nConnection: close\r\n\r\n"
        ).encode()

    async def watch(self) -> None:
        """One browser, until it is cancelled."""
        refresh: asyncio.Task[None] | None = None
        while True:
            try:
                async with self.starts:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.write(self.request(f"/training-runs/{self.run}/stream"))
                    head = await reader.readuntil(b"\r\n\r\n")
                if b" 200 " not in head.split(b"\r\n")[0]:
                    raise ConnectionError(head.split(b"\r\n")[0].decode())
                self.opened += 1
                while line := await reader.readline():
                    if not line.startswith(b"data: {"):
                        continue
                    data = json.loads(line[6:])
                    if "iteration" in data:
                        self.received.append((data["iteration"], time.time()))
                        self.shown = max(self.shown, data["iteration"] - 10)
                    if refresh is None or refresh.done():
                        refresh = asyncio.create_task(self.refresh(data.get("wait", 0) / 1000))
                self.failed.append("a stream ended")
            except (OSError, asyncio.IncompleteReadError, ConnectionError) as error:
                self.failed.append(repr(error))
            self.opened -= 1
            await asyncio.sleep(2)

    async def refresh(self, seconds: float) -> None:
        """Fetch what the page shows, after this time."""
        await asyncio.sleep(seconds)
        for path in (
            f"/training-runs/{self.run}/panel",
            f"/training-runs/{self.run}/losses?after={self.shown}",
        ):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(self.request(path))
                answer = await reader.read()
                writer.close()
                if b" 200 " not in answer[:20]:
                    self.failed.append(f"{path}: {answer[:20]!r}")
            except OSError as error:
                self.failed.append(repr(error))
        self.refreshed += 1


async def main(port: int, run: int, count: int, seconds: float) -> None:
    """Opens all, waits, prints."""
    watchers = Watchers(port, run, sys.stdin.readline().strip())
    tasks = [asyncio.create_task(watchers.watch()) for _ in range(count)]
    end = time.monotonic() + SECONDS_TO_OPEN
    while watchers.opened < count and time.monotonic() < end:
        await asyncio.sleep(0.1)
    print(json.dumps({"open": watchers.opened}), flush=True)
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    failed = {reason: watchers.failed.count(reason) for reason in set(watchers.failed)}
    print(
        json.dumps({"received": watchers.received, "refreshed": watchers.refreshed, "failed": failed}),
        flush=True,
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
