"""Large photos that come at the same time, and the memory that the web processes take meanwhile."""

import io
import threading
import time
import zlib

from bench.common.running_product import RunningProduct
from bench.serving import memory

SIDE = 14_100
"""199 megapixels, in a file of some hundred kilobytes."""


def png(number: int) -> bytes:
    """RGB, of one colour each."""
    head = SIDE.to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    rows = zlib.compressobj(9)
    row = bytes([0]) + bytes([number, 90, 160]) * SIDE
    data = b"".join(rows.compress(row) for _ in range(SIDE)) + rows.flush()
    out = io.BytesIO()
    out.write(b"\x89PNG\r\n\x1a\n")
    for kind, content in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b"")):
        out.write(len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4))
    return out.getvalue()


def peak_mb(product: RunningProduct, count: int) -> float:
    """Most memory of the web beyond that before, MiB, while so many are uploaded at once."""
    browser = product.sign_in()
    model = product.create_model(browser, "Large")
    files = [png(number) for number in range(count)]
    before = most = memory.web_kb(product)

    def upload(number: int) -> None:
        answer = product.sign_in().post(
            f"{product.address}/models/{model}/images",
            files={"files": (f"{number}.png", files[number])},
            data={"split": "train"},
        )
        answer.raise_for_status()

    browser.close()
    threads = [threading.Thread(target=upload, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, memory.web_kb(product))
        time.sleep(0.05)
    found = product.count("SELECT count(*) FROM image WHERE model_id = %s", model)
    if found != count:
        raise RuntimeError(f"{found} photos of {count} were taken")
    return (most - before) / 1024
