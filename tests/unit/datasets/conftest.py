"""A short rendered film, made once a test session: a face that the detector finds."""

from pathlib import Path

import pytest

from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Path:
    """Return a video of 24 frames, 320x256, of a rendered person who smiles."""
    folder = tmp_path_factory.mktemp("film")
    identity, video = folder / "S001.safetensors", folder / "happy.avi"
    draw_identity("S001", 2026, identity)
    difficulty = Difficulty(duration=(1.5, 1.5))
    render_clip("S001-happy", 2026, identity, video, width=320, height=256, fps=16, difficulty=difficulty)
    return video
