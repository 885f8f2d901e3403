"""Secrets that are made on the first start and kept under ``DATA_DIR/secrets``."""

import os
import secrets
from pathlib import Path


def read_or_create(data_dir: Path, name: str) -> str:
    """The secret of this name; generated (256 bits) if missing. Safe when two processes start at once."""
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    temporary = folder / f".{name}.{os.getpid()}"
    if not path.exists():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            # link, not rename: the first of two processes wins, the other reads what it wrote.
            path.hardlink_to(temporary)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
