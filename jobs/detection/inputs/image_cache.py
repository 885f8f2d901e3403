"""LRU cache of decoded and scaled photos, so that they are not read again in each epoch."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

LIMIT_BYTES = 1 << 30
"""2,600 photos of 320 x 427 px."""


class ImageCache:
    """The least recently used photos are dropped above ``limit`` bytes. Thread-safe."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._photos: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, read: Callable[[], np.ndarray]) -> np.ndarray:
        """The photo of this path, from ``read`` if it is not cached. It must not be modified."""
        with self._lock:
            if path in self._photos:
                self._photos.move_to_end(path)
                return self._photos[path]
        photo = read()
        photo.setflags(write=False)
        with self._lock:
            if path not in self._photos:
                self._photos[path] = photo
                self._bytes += photo.nbytes
            while self._bytes > self._limit:
                self._bytes -= self._photos.popitem(last=False)[1].nbytes
        return photo
