"""Anonymous connections that send a byte a second, each from an address of its own.

    python -m bench.serving.slow_clients PORT COUNT SECONDS headers|bodies

A connection that the server closes is opened again, as an attacker would. Prints how many the server closed.
"""

import asyncio
import json
import sys

HEADERS = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 4_000
BODIES = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 4000\r\n\r\n"
)


async def slow_client(port: int, number: int, kind: str, closed: list[int]) -> None:
    """Until it is cancelled."""
    # 127.1.0.1 and on: the loopback network has as many addresses as are needed.
    address = f"127.{1 + number // 250}.0.{1 + number % 250}"
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
        except OSError:
            await asyncio.sleep(1)
            continue
        try:
            if kind == "bodies":
                writer.write(BODIES)
            for byte in HEADERS:
                writer.write(bytes([byte]) if kind == "headers" else b"a")
                await asyncio.wait_for(writer.drain(), 1)
                if await _is_closed(reader):
                    break
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()
        closed.append(number)


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    """Waits for a second, or until the server says something, which ends the connection."""
    try:
        await asyncio.wait_for(reader.read(4096), 1)
    except TimeoutError:
        return False
    return True


async def main(port: int, count: int, seconds: float, kind: str) -> None:
    """Prints ``closed`` at the end."""
    closed: list[int] = []
    clients = [asyncio.create_task(slow_client(port, number, kind, closed)) for number in range(count)]
    await asyncio.sleep(seconds)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    print(json.dumps({"closed": len(closed)}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
