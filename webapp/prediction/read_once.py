"""The photos of a result, read from the database once however many parts of a file go through them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import TracebackType

import msgspec

from webapp.core import storage
from webapp.formats.files.spool import Spool
from webapp.prediction.images import ResultSource, SavedImage

_log = logging.getLogger(__name__)
# The only type that msgspec does not know is Path.
_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder(SavedImage, dec_hook=lambda kind, text: kind(text))


class ReadOnce:
    """The first to go through all photos has them from the database; those who follow, from a file on the disk.

    A run may hold 100,000 photos, so they do not wait in memory. A disk that is full costs time and no more: the
    photos are then read from the database again.
    """

    def __init__(self, source: ResultSource) -> None:
        self._source = source
        self._spool: Spool | None = None
        self._is_whole = False

    def photos(self) -> Iterator[SavedImage]:
        """In the order of the run; one reader at a time."""
        if self._is_whole and self._spool is not None:
            yield from map(_decoder.decode, self._spool.lines())
            return
        self._begin()
        for photo in self._source.photos():
            # JSON has no line breaks of its own.
            line = _encoder.encode(photo) + b"\n"
            self._try(partial(Spool.write, data=line))
            yield photo
        self._try(Spool.flush)
        self._is_whole = self._spool is not None

    def _begin(self) -> None:
        self.close()
        with self._source.app.app_context():
            folder = storage.results_dir(self._source.run_id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._spool = Spool(folder)
        except OSError:
            _log.exception("the photos of prediction %s do not wait on the disk", self._source.run_id)

    def _try(self, act: Callable[[Spool], None]) -> None:
        """Without the file from the first failure on: a photo would be missing in it."""
        try:
            if self._spool is not None:
                act(self._spool)
        except OSError:
            _log.exception("the photos of prediction %s do not wait on the disk", self._source.run_id)
            self.close()

    def close(self) -> None:
        """Give the room on the disk back."""
        if self._spool is not None:
            # What the disk did not take is tried once more, and refused once more.
            with suppress(OSError):
                self._spool.close()
        self._spool, self._is_whole = None, False

    def __enter__(self) -> "ReadOnce":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
