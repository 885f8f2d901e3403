"""Scripts that poll with one connection each: ``python -m bench.serving.polls PORT SCRIPTS POLLS SECONDS``.

As ``http.client`` and requests do: a connection that the server has closed is only noticed when it is used. Prints how
many polls broke.
"""

import asyncio
import json
import sys

REQUEST = b"GET /api/v1/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def script(port: int, polls: int, seconds: float, wait: float, found: dict[str, int]) -> None:
    """One connection as long as it lasts."""
    await asyncio.sleep(wait)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(polls):
        try:
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            found["done"] += 1
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except (OSError, asyncio.IncompleteReadError):
            found["done"] += 1
            found["broken"] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(seconds)
    writer.close()


async def main(port: int, scripts: int, polls: int, seconds: float) -> None:
    """All of them, spread over the interval."""
    found = {"done": 0, "broken": 0}
    await asyncio.gather(
        *(script(port, polls, seconds, number * seconds / scripts, found) for number in range(scripts))
    )
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
