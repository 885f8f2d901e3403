"""The photos that benches train and predict with."""

import os
import sys
from pathlib import Path

from webapp.core.settings import ROOT

SHARED_DATA = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
"""Set in the environment, else ``../shared/data`` beside the repository."""


def data_folder(name: str) -> Path:
    """A folder of photos with their labels; ends the program with a sentence where it is not there."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        sys.exit(f"This bench needs the photos of {name}: put them into {folder}, or set SHARED_DATA.")
    return folder
