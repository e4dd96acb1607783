"""Windows of a face: which frames, when, and cut as select_peak and augment_clips cut the training's clips."""

from dataclasses import replace

import numpy as np
import pytest
from sample_videos import write_video

from videofer.clips.augment import augment_clip, augment_landmarks
from videofer.clips.peak import select_peak
from videofer.core.artifacts import read_arrays
from videofer.faces.detect import detect_faces
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import OWN
from videofer.faces.search import load_detector
from videofer.predict.bundle import Preparation
from videofer.predict.recognizer import CONTEXT, cut_window, list_windows
from videofer.predict.stream import Frame, VideoStream
from videofer.predict.tracking import Observation, Track, Tracker
from videofer.video.decode import decode_video

PREPARATION = Preparation("hog", 0, 5, "landmarks", 16, 48, 8, 8, 25.0, False)


def observe(number):
    """Return a face that stands still in a small frame."""
    landmarks = np.random.default_rng(3).uniform(20, 60, (68, 2))
    frame = Frame(number, number / 25, np.full((80, 80), number % 200, np.uint8))
    return Observation(frame, np.array([20, 20, 60, 60.0]), 1.0, landmarks)


def cut(track, stride, ended):
    """Yield the windows of a track with their clips and landmarks."""
    for positions in list_windows(track, PREPARATION, stride, ended):
        yield cut_window(track, positions, PREPARATION)


def grow(total, stride):
    """Add `total` frames to a track; returns the windows' frames."""
    track, windows = Track(face=1), []
    for number in range(total):
        track.observations.append(observe(number))
        windows += cut(track, stride, False)
        assert len(track.observations) <= 2 * CONTEXT + 16 + stride
    windows += cut(track, stride, True)
    for window, clip, _ in windows:  # the pictures are those of the numbers
        assert (clip == (window.numbers % 200)[:, None, None]).all() and len(clip) == 16
    return [window.numbers.tolist() for window, _, _ in windows]


@pytest.mark.parametrize(
    "total, stride, expected",
    [
        (16, 8, [(0, 15)]),
        (32, 8, [(0, 15), (8, 23), (16, 31)]),
        (37, 8, [(0, 15), (8, 23), (16, 31), (21, 36)]),  # the last ends with the face
        (40, 16, [(0, 15), (16, 31), (24, 39)]),
        (20, 1, [(n, n + 15) for n in range(5)]),
        (600, 8, [(n, n + 15) for n in range(0, 585, 8)]),
        (7, 8, []),
        (9, 8, [(0, 8)]),  # stretched
    ],
)
def test_windows_cover_the_face_to_its_end_and_few_frames_are_kept(total, stride, expected):
    windows = grow(total, stride)
    assert [(frames[0], frames[-1]) for frames in windows] == expected
    for frames in windows:
        assert frames == sorted(frames) and set(frames) == set(range(frames[0], frames[-1] + 1))


def test_a_clip_is_cut_as_in_the_training(people, tmp_path):
    video = write_video(tmp_path / "person.mp4", people[0][:24], np.arange(24) / 25)
    paths = {name: tmp_path / f"{name}.safetensors" for name in ("frames", "faces", "clip")}
    decode_video(
        video, paths["frames"], rotation=None, start=None, end=None, half=None, rate=None, max_height=480,
        min_frames=8, max_frames=1500, timeout=600, memory_mb=4000, code="",
    )  # fmt: skip
    detect_faces(
        paths["frames"], paths["faces"], detector="hog", upsample=0, smallest=None, every=1,
        min_detected=0.5, max_gap=5, track="landmarks", landmark_model=OWN, face_x=None, rotation=None, code="",
    )  # fmt: skip
    select_peak(
        paths["frames"], paths["faces"], paths["clip"], method="middle", length=16, size=48, margin=8, min_frames=8,
        rate=25, onset=None, apex=None, offset=None, code="",
    )  # fmt: skip
    expected = read_arrays(paths["clip"], "clip")

    tracker = Tracker(load_detector("hog", 0, None), load_landmark_model(OWN), max_gap=5, search_every=1)
    for frame in VideoStream(video, 480):
        tracker.step(frame)
    (track,) = tracker.tracks
    track.face = 1
    ((window, clip, landmarks),) = [c for c in cut(track, 4, True) if c[0].numbers[0] == expected["frames"][0]]
    np.testing.assert_array_equal(window.numbers, expected["frames"])
    np.testing.assert_array_equal(clip, augment_clip(expected["clip"], 48, "face")[0])
    np.testing.assert_array_equal(landmarks, augment_landmarks(expected["landmarks"][None], 64, 48)[0, 0])
    assert not replace(window, probabilities=np.ones(1)).list_doubts(1) and window.seen == 1
