"""Short films of rendered people, whom the detector finds."""

from pathlib import Path

import numpy as np
import pytest
from sample_videos import write_video

from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.video.decode import read_frames

RATE = 25


@pytest.fixture(scope="session")
def people(tmp_path_factory) -> list[np.ndarray]:
    """The grey frames (T, 256, 320), at least 24, of two rendered people, one after the other performed."""
    folder = tmp_path_factory.mktemp("people")
    films = []
    for person, label in (("S001", "happy"), ("S004", "surprise")):
        draw_identity(person, 2026, folder / f"{person}.safetensors")
        path = folder / f"{person}.avi"
        how = {"width": 320, "height": 256, "fps": 16, "difficulty": Difficulty(duration=(1.5, 1.5))}
        render_clip(f"{person}-{label}", 2026, folder / f"{person}.safetensors", path, **how)
        films.append(read_frames(path)[0])
    return films


@pytest.fixture(scope="session")
def film(people, tmp_path_factory) -> Path:
    """A video, 25 frames a second: a person, a second of grey, the same person again."""
    person = people[0][:24]
    grey = np.full((25, *person.shape[1:]), 90, np.uint8)
    pictures = np.concatenate([person, grey, person])
    path = tmp_path_factory.mktemp("film") / "comes back.mp4"
    return write_video(path, pictures, np.arange(len(pictures)) / RATE)
