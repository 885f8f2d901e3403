"""Upload of 1,000 photos of 800 x 600 into the running product, against a bare loop over the same files.

The bare loop is what a programmer would write who has nothing but the files: read, SHA-256, decode, perceptual hash,
thumbnail as WebP of the product's size and quality, written to disk. No server, no database, no checks. It runs in one
process a core, as the product uses all cores too (web and io worker), and before and after the uploads, so that
a machine that is slower for a while is slower for both.
"""

import hashlib
import http.client
import io
import os
import queue
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import imagehash
import numpy as np
from PIL import Image

from bench.common.needed import requests
from bench.common.running_product import RunningProduct

SIZE = (800, 600)
JPEG_QUALITY = 90
THUMBNAIL_SIDE = 320
CONNECTIONS = 4
"""As many as browsers of a few people open."""
SECONDS_AT_MOST = 300
PAGE_SIZE = 60


def make_photos(count: int, seed: int) -> list[bytes]:
    """JPEGs that differ: shaded ground, edges and noise, about as heavy as photos of parts are."""
    random = np.random.default_rng(seed)
    ground = np.linspace(60, 190, SIZE[0])[None, :, None] + np.linspace(-30, 30, SIZE[1])[:, None, None]
    photos = []
    for _number in range(count):
        small = random.uniform(-50, 50, (12, 16, 3))
        blocks = np.kron(small, np.ones((50, 50, 1)))
        noise = random.normal(0, 5, (SIZE[1], SIZE[0], 1))
        pixels = np.clip(ground + blocks + noise, 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
        photos.append(buffer.getvalue())
    return photos


def bare_loop(files: Sequence[Path], target: Path) -> float:
    """Decode, hash and make a thumbnail of each; the seconds of a core that it took."""
    began = time.process_time()
    for file in files:
        data = file.read_bytes()
        name = hashlib.sha256(data).hexdigest()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            imagehash.phash(image)
            image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            image.save(target / f"{name}.webp", "WEBP", quality=75, method=1)
    return time.process_time() - began


def bare_loop_rate(files: Sequence[Path], target: Path) -> tuple[float, float]:
    """Of ``bare_loop`` in one process a core: photos a second, and seconds of a core that a photo takes."""
    cores = os.cpu_count() or 1
    parts = [files[core::cores] for core in range(cores)]
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(bare_loop, [part[:2] for part in parts], [target] * cores))  # imports are done
        began = time.perf_counter()
        used = sum(pool.map(bare_loop, parts, [target] * cores))
        return len(files) / (time.perf_counter() - began), used / len(files)


class Uploader:
    """Sends files one a request, as the drop zone does, over a few connections that stay open."""

    def __init__(self, product: RunningProduct, browser: requests.Session, model: int) -> None:
        self._host = urlsplit(product.address).netloc
        self._path = f"/models/{model}/images"
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
        self._headers = {
            "Cookie": cookies,
            "X-CSRFToken": str(browser.headers["X-CSRFToken"]),
            "Accept": "application/json",
            # The session is another one's where the browser is another, and its cookie would be made anew each time.
            "User-Agent": str(browser.headers["User-Agent"]),
        }

    def send(self, files: Sequence[Path]) -> list[float]:
        """Send all; the seconds of each answer. Raises RuntimeError where one is not taken."""
        waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for file in files:
            waiting.put(file)
        seconds: list[float] = []
        faults: list[str] = []
        threads = [
            threading.Thread(target=self._send_some, args=(waiting, seconds, faults))
            for _number in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise RuntimeError(f"{len(faults)} photos were not taken, the first: {faults[0]}")
        return seconds

    def _send_some(self, waiting: "queue.SimpleQueue[Path]", seconds: list[float], faults: list[str]) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        while True:
            try:
                file = waiting.get_nowait()
            except queue.Empty:
                connection.close()
                return
            began = time.perf_counter()
            address = f"{self._path}?split=train&filename={quote(file.name)}"
            kind = {"Content-Type": "image/jpeg"}
            connection.request("POST", address, file.read_bytes(), self._headers | kind)
            answer = connection.getresponse()
            text = answer.read().decode()
            seconds.append(time.perf_counter() - began)
            if answer.status != http.client.OK or '"rejected":[]' not in text.replace(" ", ""):
                faults.append(f"{answer.status} {text[:300]}")


def wait_for_thumbnails(product: RunningProduct, count: int) -> None:
    """Return once so many are there. Raises RuntimeError after a while."""
    folder = product.folder / "thumbnails"
    end = time.monotonic() + SECONDS_AT_MOST
    while sum(1 for _file in folder.glob("*/*.webp")) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"not all {count} thumbnails were made")
        time.sleep(0.05)


def wait_for_comparisons(product: RunningProduct) -> None:
    """Return once no photo waits to be compared with others. Raises RuntimeError after a while."""
    end = time.monotonic() + SECONDS_AT_MOST
    while product.count("SELECT count(*) FROM photo_to_compare"):
        if time.monotonic() > end:
            raise RuntimeError("photos still wait to be compared")
        time.sleep(0.2)


def page_bytes(product: RunningProduct, browser: requests.Session, model: int) -> int:
    """What a page of the gallery transfers to a browser that has been to another page: HTML and thumbnails."""
    page = browser.get(f"{product.address}/models/{model}/images")
    thumbnails = re.findall(r'<img src="(/photos/[^"]+/thumbnail)"', page.text)
    if len(thumbnails) != PAGE_SIZE:
        raise RuntimeError(f"the page shows {len(thumbnails)} photos")
    pictures = [browser.get(product.address + address) for address in thumbnails]
    for picture in pictures:
        if "immutable" not in picture.headers["Cache-Control"]:
            raise RuntimeError("a thumbnail would be asked for again")
    return len(page.content) + sum(len(picture.content) for picture in pictures)
