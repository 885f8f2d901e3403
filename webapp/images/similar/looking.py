"""Looks at the thumbnails of many photos, in a thread for each core: most of the time goes into decoding them."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from os import sched_getaffinity
from pathlib import Path
from typing import TypeVar

from PIL import Image as Picture

from webapp.images import intake as image_intake
from webapp.models import ImageFile

Seen = TypeVar("Seen")
_log = logging.getLogger(__name__)


def look_at(files: Iterable[ImageFile], look: Callable[[Picture.Image], Seen]) -> dict[str, Seen]:
    """What ``look`` makes of each thumbnail, by SHA-256; photos that cannot be read are left out and logged."""
    waiting: dict[str, Future[Seen]] = {}
    found: dict[str, Seen] = {}
    with ThreadPoolExecutor(len(sched_getaffinity(0))) as threads:
        for file in files:
            try:
                waiting[file.sha256] = threads.submit(_looked, image_intake.thumbnail(file), look)
            except Exception as error:  # decoders raise arbitrary exceptions on damaged files
                _log.warning("photo %s cannot be looked at: %s", file.sha256, error)
        for sha256, looked in waiting.items():
            try:
                found[sha256] = looked.result()
            except Exception as error:  # as above
                _log.warning("photo %s cannot be looked at: %s", sha256, error)
    return found


def _looked(path: Path, look: Callable[[Picture.Image], Seen]) -> Seen:
    with Picture.open(path) as picture:
        return look(picture)
