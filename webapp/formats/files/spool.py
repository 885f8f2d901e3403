"""A buffer in memory that becomes an anonymous temporary file when it grows."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

MEMORY_BYTES = 2**20
CHUNK_BYTES = 2**18
LENGTH_BYTES = 8


class Spool:
    """Written once, then read in chunks. The file is deleted on close or when the process ends."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` of the temporary file; None: the system's."""
        self._file = tempfile.SpooledTemporaryFile(MEMORY_BYTES, dir=str(folder) if folder else None)  # noqa: SIM115
        self.size = 0
        """Bytes written."""

    def write(self, data: bytes) -> None:
        """Append. Raises OSError where the disk is full."""
        self.size += self._file.write(data)

    def flush(self) -> None:
        """Nothing is left to be written. Raises OSError where the disk is full."""
        self._file.flush()

    def chunks(self) -> Iterator[bytes]:
        """Everything that was written, from the beginning."""
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk

    def lines(self) -> Iterator[bytes]:
        """Everything that was written, a line at a time."""
        self._file.seek(0)
        yield from self._file

    def write_record(self, data: bytes) -> None:
        """Append bytes that ``records`` gives again as one. Raises OSError where the disk is full."""
        self.write(len(data).to_bytes(LENGTH_BYTES))
        self.write(data)

    def records(self) -> Iterator[bytes]:
        """What ``write_record`` wrote, where nothing else was written."""
        self._file.seek(0)
        while length := self._file.read(LENGTH_BYTES):
            yield self._file.read(int.from_bytes(length))

    def close(self) -> None:
        """Delete it."""
        self._file.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
