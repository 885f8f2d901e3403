"""``python -m embedded.downloads URL SHA256 FILE``: fetch one file, keep it only if its checksum is right."""

import hashlib
import shutil
import sys
import tempfile
import urllib.request
from pathlib import Path

from embedded.errors import StartError


def fetch(url: str, sha256: str, target: Path) -> None:
    """Download ``url`` to ``target``; raises StartError if that fails or the checksum differs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent) as temporary:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
                shutil.copyfileobj(answer, temporary)
        except (OSError, ValueError) as error:
            raise StartError(f"{url} cannot be fetched: {error}.") from error
        temporary.flush()
        temporary.seek(0)
        found = hashlib.file_digest(temporary, "sha256").hexdigest()
        if found != sha256.lower():
            raise StartError(f"{url} has the SHA-256 {found}, not {sha256}: it is not used.")
        shutil.copyfile(temporary.name, target)


def main() -> None:
    """Exit status 1 and a sentence if the download fails."""
    url, sha256, target = sys.argv[1:]
    try:
        fetch(url, sha256, Path(target))
    except StartError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
