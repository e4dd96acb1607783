import numpy as np
import pytest

from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.video.decode import read_frames


@pytest.fixture(scope="session")
def moving(tmp_path_factory):
    """Frames (20, 480, 640) of a rendered person who drifts through a larger picture."""
    folder = tmp_path_factory.mktemp("moving")
    draw_identity("S001", 2026, folder / "S001.safetensors")
    how = {"width": 480, "height": 384, "fps": 20, "difficulty": Difficulty(duration=(1.0, 1.0))}
    video = folder / "S001.avi"
    render_clip("S001-happy", 2026, folder / "S001.safetensors", video, **how)
    person = read_frames(video)[0][:20]
    frames = np.full((len(person), 480, 640), 90, np.uint8)
    for number, (frame, picture) in enumerate(zip(frames, person, strict=True)):
        frame[2 * number : 2 * number + 384, 4 * number : 4 * number + 480] = picture
    return frames
