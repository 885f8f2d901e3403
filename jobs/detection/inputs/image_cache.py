"""Keeps photos decoded and scaled, so that an iteration does not read and scale the same files again."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

LIMIT_BYTES = 1 << 30
"""2,600 photos of 320 x 427 px."""


class ImageCache:
    """The photos that were asked for last, up to ``limit`` bytes. Safe for several threads."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._photos: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, read: Callable[[], np.ndarray]) -> np.ndarray:
        """The photo of this path, ``read`` where it is not kept. It must not be changed."""
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
