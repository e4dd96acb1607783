"""Real videos, written anew in many ways, keep nearly the bits of their hashes; other videos do not."""

from itertools import product

import av
import numpy as np
import pytest
from sample_videos import run_ffmpeg

from videofer.clips.duplicates import hash_distances
from videofer.clips.peak import hash_video
from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity

COPIES = {
    "compressed": ["-c:v", "libx264", "-crf", "35"],
    "halved": ["-vf", "scale=iw/2:-2", "-c:v", "libx264", "-crf", "28"],
    "cut": ["-ss", "0.4", "-t", "0.8", "-c:v", "libx264"],
    "brightened": ["-vf", "eq=brightness=0.08:contrast=1.15", "-c:v", "libx264"],
    "slower": ["-r", "8", "-c:v", "mpeg4", "-q:v", "12"],
}
SMALL = {"width": 320, "height": 256, "fps": 12, "difficulty": Difficulty(duration=(1.5, 1.5))}
# The same person in two expressions, and another person: the most alike that different videos can be.
CLIPS = {"S001-fear": "S001", "S001-sad": "S001", "S002-fear": "S002"}


def hash_file(path):
    with av.open(str(path)) as container:
        return hash_video(np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)]))


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for clip, subject in CLIPS.items():
        draw_identity(subject, 11, folder / subject)
        render_clip(clip, 11, folder / subject, folder / f"{clip}.avi", **SMALL)
    return folder


def test_videos_written_anew_are_near_and_different_ones_are_not(videos, tmp_path):
    originals = np.stack([hash_file(videos / f"{clip}.avi") for clip in CLIPS])
    assert hash_distances(originals, originals)[~np.eye(3, dtype=bool)].min() > 0.1
    for change, options in COPIES.items():
        run_ffmpeg("-i", videos / "S001-fear.avi", *options, tmp_path / f"{change}.mkv")
        copy = hash_file(tmp_path / f"{change}.mkv")
        distances = hash_distances(copy[None], originals)[0]
        assert distances[0] < 0.05 and distances[1:].min() > 0.1, change


def test_the_distance_is_that_of_an_explicit_count():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 3, 16, 32), dtype=np.uint8)
    for i, j in product(range(3), range(3)):
        differ = [
            [sum(int(x ^ y).bit_count() for x, y in zip(s, t, strict=True)) / 256 for t in b[j]] for s in a[i]
        ]
        forth, back = (np.median([min(row) for row in side]) for side in (differ, zip(*differ, strict=True)))
        assert hash_distances(a, b)[i, j] == pytest.approx(min(forth, back))
