"""Where the real data lies that tests read: beside the repository, or at SHARED_DATA."""

import os
from pathlib import Path

SHARED_DATA = Path(
    os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[2].parent / "shared" / "data"
)
SHARED_CASES = SHARED_DATA.parent / "cases"
"""What should happen for inputs that once went wrong."""
