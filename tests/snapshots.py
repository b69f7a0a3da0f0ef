"""What the owner reads, kept in plain files: `UPDATE_SNAPSHOTS=1 pytest` writes them anew, a review reads them."""

import os
from pathlib import Path

HERE = Path(__file__).parent / "snapshots"


def check(name: str, text: str) -> None:
    """The text is what stands in `snapshots/<name>.txt`."""
    path = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.exists(), f"{path} is missing: run with UPDATE_SNAPSHOTS=1"
    assert f"{text}\n" == path.read_text(encoding="utf-8")
