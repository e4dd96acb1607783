from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from videofer.clips.pack import STACKED, pack_clips
from videofer.core.artifacts import read_arrays, read_table, write_arrays, write_table
from videofer.core.errors import UserError

CLASSES = ["happy", "sad"]


def write_clip(folder: Path, name: str, value: int = 0, rejected: str | None = None) -> Path:
    path = folder / f"{name}.safetensors"
    arrays = {
        "clip": np.full((16, 64, 64), value, np.uint8),
        "landmarks": np.full((16, 68, 2), value, np.float32),
        "fingerprint": np.full((16, 32), value, np.uint8),
    }
    if rejected:
        write_arrays(path, "clip", {}, {"stage": "detect"}, rejected=rejected)
    else:
        write_arrays(path, "clip", arrays, {"remarks": [f"{name} is odd."] if value == 2 else []})
    return path


def pack(folder: Path, clips: list[Path], labels: dict[str, str], subject: str | None = None):
    """Pack clips; those with a label are in the manifest, the others were rejected when it was made."""
    rows = [
        (clip, f"{clip}.mp4", subject or f"P-{clip}", label, "train" if clip == "b" else None)
        for clip, label in labels.items()
    ]
    manifest = pd.DataFrame(rows, columns=["clip", "video", "subject", "label", "part"])
    refused = [path.stem for path in clips if path.stem not in labels]
    early = pd.DataFrame(
        [(clip, f"{clip}.mp4", "index", "it is empty.") for clip in refused],
        columns=["clip", "video", "stage", "reason"],
    )
    write_table(folder / "manifest.tsv", "manifest", manifest, {})
    write_table(folder / "early.tsv", "rejected", early, {})
    inputs = ([folder], folder / "manifest.tsv", folder / "early.tsv")
    out = (folder / "clips.safetensors", folder / "rejected.tsv", folder / "remarks.tsv")
    pack_clips(*inputs, *out, CLASSES, code="")
    return read_arrays(folder / "clips.safetensors", "clips"), read_table(folder / "rejected.tsv", "rejected")


def test_clips_are_stacked_in_the_order_of_the_manifest_with_the_bytes_of_one_write(tmp_path):
    paths = {name: write_clip(tmp_path, name, value) for name, value in (("a.1", 1), ("b", 2), ("c", 3))}
    clips, rejected = pack(tmp_path, list(paths.values()), {"c": "sad", "a.1": "happy", "b": "sad"})
    order = [paths[name] for name in ("c", "a.1", "b")]
    arrays = {name: np.stack([read_arrays(path, "clip")[name] for path in order]) for name in STACKED}
    arrays["label"] = np.array([1, 0, 1])
    names = {"clips": ["c", "a.1", "b"], "subjects": ["P-c", "P-a.1", "P-b"], "classes": CLASSES}
    names |= {"parts": [None, None, "train"], "code": ""}
    assert clips.parameters == names and rejected.empty
    write_arrays(tmp_path / "whole", "clips", arrays, names, order)
    assert (tmp_path / "clips.safetensors").read_bytes() == (tmp_path / "whole").read_bytes()
    remarks = read_table(tmp_path / "remarks.tsv", "remarks")
    assert remarks.to_dict("records") == [{"clip": "b", "video": "b.mp4", "remark": "b is odd."}]


def test_every_rejected_clip_is_listed_with_its_stage(tmp_path):
    paths = [
        write_clip(tmp_path, "a"),
        write_clip(tmp_path, "b", 1),
        write_clip(tmp_path, "faceless", rejected="no face."),
        write_clip(tmp_path, "twin"),
    ]
    clips, rejected = pack(tmp_path, paths, {"a": "happy", "faceless": "sad", "b": "sad"})
    assert clips.parameters["clips"] == ["a", "b"]
    assert list(rejected.itertuples(index=False, name=None)) == [
        ("twin", "twin.mp4", "index", "it is empty."),
        ("faceless", "faceless.mp4", "detect", "no face."),
    ]


def test_a_copy_of_a_clip_is_out_of_the_clips_that_folds_are_cut_from(tmp_path):
    paths = [write_clip(tmp_path, name, value) for name, value in (("a", 1), ("b", 3), ("copy", 1), ("odd", 2))]
    clips, rejected = pack(tmp_path, paths, {"a": "happy", "b": "sad", "copy": "sad", "odd": "happy"}, "P")
    assert clips.parameters["clips"] == ["b", "odd"]
    assert rejected[["clip", "stage"]].to_numpy().tolist() == [["a", "pack"], ["copy", "pack"]]
    clips, rejected = pack(tmp_path, paths, {"a": "happy", "b": "sad", "copy": "happy", "odd": "sad"}, "P")
    assert clips.parameters["clips"] == ["a", "b", "odd"]
    assert rejected.reason.tolist() == ["copy.mp4 shows the same recording as a.mp4, which is used."]


@pytest.mark.parametrize(("left", "sentence"), [
    ("a", r"No clip of the class sad is left after 1 were rejected.*b has no face\."),
    ("", r"No clip is left after 2 were rejected.*a has no face\."),
])  # fmt: skip
def test_a_class_left_empty_is_named(tmp_path, left, sentence):
    paths = [write_clip(tmp_path, n, rejected=None if n in left else f"{n} has no face.") for n in "ab"]
    with pytest.raises(UserError, match=sentence):
        pack(tmp_path, paths, {"a": "happy", "b": "sad"})
    assert not (tmp_path / "clips.safetensors").exists()
