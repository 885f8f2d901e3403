"""The files of an export on the disk, until they are sent: they can be many, and each may be large."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from webapp.formats.exports.writer import ExportMember
from webapp.formats.files.spool import Spool


class MemberStore:
    """Files are added, then read once in the same order, the large ones last."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` of the temporary files; None: the system's."""
        self._small = Spool(folder)
        self._large: list[tuple[str, Spool]] = []
        self.size = 0
        """Bytes of all files."""

    def add(self, members: Iterable[ExportMember]) -> None:
        """Keep these too. Raises OSError where the disk is full."""
        for member in members:
            if isinstance(member.content, Spool):
                self._large.append((member.path, member.content))
                self.size += member.content.size
            else:
                self._small.write_record(member.path.encode())
                self._small.write_record(member.content)
                self.size += len(member.content)

    def __iter__(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The path of each file, and its content in chunks."""
        records = self._small.records()
        for path in records:
            yield path.decode(), [next(records)]
        for name, spool in self._large:
            yield name, spool.chunks()

    def close(self) -> None:
        """Delete the files."""
        self._small.close()
        for _name, spool in self._large:
            spool.close()
