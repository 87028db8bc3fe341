"""Programs whose Debian packages cannot be installed as they are (they conflict with others, or start a service): unpacked by `tests/run`.

The folder is UNPACKED, or test-programs in the target folder; a program on the path comes first.
"""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("UNPACKED") or Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "test-programs")


def program(name):
    """Where it lies."""
    places = [FOLDER / place for place in ("usr/sbin", "usr/bin")]
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))
    if not found:
        raise SystemExit(f"{name} is neither installed nor unpacked in {FOLDER}: `tests/run clients` does that")
    return found
