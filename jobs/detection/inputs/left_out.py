"""Photos of a dataset version that cannot be used: they are named, and the run goes on with the others."""

import threading
from collections.abc import Iterable

from jobs.detection.errors import ImageMissing
from jobs.detection.image_errors import is_out_of_memory, of_image
from jobs.detection.inputs.dataset import Record
from jobs.detection.job import LeftOutImage


class LeftOutImages:
    """Those of one run. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()
        self._unreported: list[LeftOutImage] = []

    def __contains__(self, record: Record) -> bool:
        return record["image_id"] in self._ids

    def add(self, record: Record, error: Exception) -> None:
        """Leave the photo out for what it raised.

        Raises the error again where it is not the photo's: ``of_image``, out of memory, for which a training has
        an answer of its own (a smaller batch), or the network has diverged.
        """
        if is_out_of_memory(error) or isinstance(error, FloatingPointError):
            raise error
        left_out = LeftOutImage(record["file_name"], record["split"], of_image(error, record["file_name"]))
        with self._lock:
            if record["image_id"] not in self._ids:
                self._ids.add(record["image_id"])
                self._unreported.append(left_out)

    def present(self, records: Iterable[Record]) -> list[Record]:
        """Those whose file is there; the others are left out."""
        found = []
        for record in records:
            if record["path"].is_file():
                found.append(record)
            else:
                self.add(record, ImageMissing(file_name=record["file_name"]))
        return found

    def unreported(self) -> list[LeftOutImage]:
        """Those left out since the last call."""
        with self._lock:
            fresh, self._unreported = self._unreported, []
        return fresh
