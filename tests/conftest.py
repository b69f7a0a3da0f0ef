"""Properties are tried on the same examples everywhere, and a slow machine or disk is no failure."""

import os
import shutil
from pathlib import Path

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")

RAM = Path("/dev/shm")
if RAM.is_dir() and os.access(RAM, os.W_OK) and shutil.disk_usage(RAM).free > 2**29:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(RAM))

os.fsync = os.fstat
"""Nothing here cuts the power, and waiting for the disk took longer than all the rest. What is not called, or fails, is
seen all the same; the processes that tests start wait for the disk as they do at the owner's."""
