"""The leakage check finds what it should in real videos, written anew in many ways, and nothing else."""

from itertools import product

import av
import numpy as np
import pandas as pd
import pytest
from sample_videos import run_ffmpeg

from videofer.clips.fingerprint import fingerprint_distances, fingerprint_video
from videofer.core.artifacts import write_arrays, write_table
from videofer.datasets.rendered.animation import Difficulty
from videofer.datasets.rendered.clip import render_clip
from videofer.datasets.rendered.identity import draw_identity
from videofer.folds.leakage import check_leakage, find_near_duplicates
from videofer.folds.roles import split_at_random
from videofer.folds.split import assign_parts, leakage

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


def fingerprint_file(path):
    with av.open(str(path)) as container:
        return fingerprint_video(np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)]))


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for subject in sorted(set(CLIPS.values())):
        draw_identity(subject, 11, folder / subject)
    for clip, subject in CLIPS.items():
        render_clip(clip, 11, folder / subject, folder / f"{clip}.avi", **SMALL)
    return folder


@pytest.fixture(scope="module")
def originals(videos):
    return np.stack([fingerprint_file(videos / f"{clip}.avi") for clip in CLIPS])


@pytest.mark.parametrize("change", COPIES)
def test_a_video_written_anew_is_recognised(videos, originals, tmp_path, change):
    run_ffmpeg("-i", videos / "S001-fear.avi", *COPIES[change], tmp_path / "copy.mkv")
    copy = fingerprint_file(tmp_path / "copy.mkv")
    assert find_near_duplicates(np.stack([*originals, copy])) == [(0, 3, pytest.approx(0, abs=0.05))]


def test_different_videos_are_no_near_duplicates(originals):
    assert find_near_duplicates(originals) == []


def test_the_distance_is_that_of_an_explicit_count():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 3, 16, 32), dtype=np.uint8)
    for i, j in product(range(3), range(3)):
        differ = [
            [sum(int(x ^ y).bit_count() for x, y in zip(s, t, strict=True)) / 256 for t in b[j]] for s in a[i]
        ]
        forth, back = (np.median([min(row) for row in side]) for side in (differ, zip(*differ, strict=True)))
        assert fingerprint_distances(a, b)[i, j] == pytest.approx(min(forth, back))


def test_blocks_find_every_pair_once_and_in_order(monkeypatch):
    fingerprints = np.random.default_rng(3).integers(0, 256, (9, 16, 32), dtype=np.uint8)
    fingerprints[[8, 4, 5]] = fingerprints[[0, 3, 3]]
    expected = [(i, j) for i in range(9) for j in range(i + 1, 9) if (fingerprints[i] == fingerprints[j]).all()]
    for block in (1, 4, 256):
        monkeypatch.setattr(leakage, "BLOCK", block)
        assert find_near_duplicates(fingerprints) == [(i, j, 0.0) for i, j in expected]
    assert expected == [(0, 8), (3, 4), (3, 5), (4, 5)]


def write_study(folder, table, twins=(), named=True):
    """Write 30 clips of five subjects with random fingerprints; `twins` are pairs of clips that share one."""
    rng = np.random.default_rng(1)
    fingerprints = rng.integers(0, 256, (30, 16, 32), dtype=np.uint8)
    for first, second in twins:
        fingerprints[second] = fingerprints[first]
    arrays = {"fingerprint": fingerprints, "label": np.tile(np.arange(6), 5)}
    write_arrays(folder / "clips.safetensors", "clips", arrays, {
        "clips": NAMES, "subjects": SUBJECTS, "classes": list("abcdef"),
    })  # fmt: skip
    write_table(folder / "folds.tsv", "folds", table, {})
    out = [folder / f"{name}.csv" for name in ("table-leakage", "near-duplicates")]
    check_leakage(folder / "clips.safetensors", folder / "folds.tsv", out, named)
    checks, pairs = (pd.read_csv(path, keep_default_na=False) for path in out)
    return checks, pairs


SUBJECTS = [f"S{p}" for p in range(5) for _ in range(6)]
NAMES = [f"{subject}-{'abcdef'[n % 6]}" for n, subject in enumerate(SUBJECTS)]
APART = assign_parts(SUBJECTS, np.tile(np.arange(6), 5), 5, 0)


def test_subject_independent_folds_pass(tmp_path):
    checks, pairs = write_study(tmp_path, APART, twins=[(0, 1)])
    assert checks.found.tolist() == [0, 0, 0]
    assert set(checks.verdict) == {"none"}
    assert pairs[["first_clip", "second_clip", "folds_apart"]].to_numpy().tolist() == [["S0-a", "S0-b", ""]]


def test_where_nobody_is_named_no_person_is_said_to_be_on_one_side(tmp_path):
    checks, _ = write_study(tmp_path, APART, named=False)
    assert checks.found.tolist() == ["not known", "0", "0"]
    assert checks.verdict.tolist() == ["not known", "none", "none"]


def test_a_twin_under_another_name_is_found(tmp_path):
    checks, pairs = write_study(tmp_path, APART, twins=[(0, 29)])
    assert checks.found.tolist() == [0, 0, 1]
    assert pairs.second_subject.item() == "S4"
    # Five parts: two subjects are on one side, training, unless one of them tests or validates, in 4 of 5 folds
    # if their parts do not touch, in 3 if one follows the other.
    assert len(pairs.folds_apart.item().split()) in (3, 4)


def test_careless_splits_are_called_leaks(tmp_path):
    clips_only, _ = write_study(tmp_path, split_at_random(NAMES, 5, 0, after_augmentation=False))
    assert clips_only.verdict.tolist() == ["LEAK", "none", "none"]
    copies, _ = write_study(tmp_path, split_at_random(NAMES, 5, 0, after_augmentation=True))
    assert copies.verdict.tolist() == ["LEAK", "LEAK", "none"]
    assert copies.found[1] > 100
