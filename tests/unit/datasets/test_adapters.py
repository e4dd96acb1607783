"""Every published set: what its tree holds is found, with the right person and class; and its files decode."""

import dataclasses
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from dataset_trees import BUILDERS, Filmed, build_tree

from videofer.clips.peak import Annotation, select_peak
from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.clip import Clip
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import DataSet
from videofer.datasets.naming import SAFE_NAME
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.datasets.scan import KINDS, scan_dataset
from videofer.faces.detect import detect_faces
from videofer.pipeline.config import SCHEMA
from videofer.video.decode import decode_video
from videofer.video.index import index_dataset
from videofer.video.limits import USUAL

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def config_for(kind: str, folder: Path) -> dict:
    """Return the config of the set's experiment, as Snakemake merges it."""
    overlay = yaml.safe_load((ROOT / "experiments" / f"{kind}.yaml").read_text())
    merged = {key: {**value, **overlay.get(key, {})} if isinstance(value, dict) else overlay.get(key, value)
              for key, value in CONFIG.items()}  # fmt: skip
    return merged | {"data_dir": str(folder)}


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_tree_gives_its_clips_with_person_and_class(kind, tmp_path):
    expected = build_tree(kind, tmp_path / "a set")
    found = scan_dataset(config_for(kind, tmp_path / "a set"), ROOT)
    assert found.rejected == []
    people = load_adapter(kind).people
    told = {str(one.path): (one.subject if people else None, one.label) for one in expected}
    assert {clip.video: (clip.subject if people else None, clip.label) for clip in found.clips} == told
    names = [clip.clip for clip in found.clips]
    assert len({name.casefold() for name in names}) == len(expected)
    assert all(SAFE_NAME.fullmatch(name) for name in names)
    if not people:  # each clip is its own person, and has a part in every official fold
        assert [clip.subject for clip in found.clips] == names
        assert all(clip.part in fold for clip in found.clips for fold in found.official)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_files_in_the_set_s_own_codec_become_a_clip(kind, tmp_path, film):
    writer = Filmed(lambda person, label: film)
    build_tree(kind, tmp_path / "set", writer, people=(1,), labels=("happy",))
    config = config_for(kind, tmp_path / "set")
    found = scan_dataset(config, ROOT)
    index_dataset(
        [dataclasses.asdict(clip) for clip in found.clips], [], ROOT / "workflow/schemas/manifest.schema.yaml",
        tmp_path / "manifest.tsv", tmp_path / "rejected.tsv", tmp_path / "left-out.tsv",
        cache=tmp_path / "known.json", left_out=found.left_out, threads=1, code="", limits=USUAL,
    )  # fmt: skip
    assert len(read_table(tmp_path / "manifest.tsv", "manifest")) == len(found.clips)
    clip = found.clips[0]
    written = make_clip(config, clip, tmp_path)
    assert written["clip"].shape == (16, 64, 64)
    assert not any("rotation" in remark for remark in written.parameters["remarks"])
    if clip.apex is not None:  # neutral to apex: the last sixteen pictures
        assert written["frames"].tolist() == list(range(clip.apex - 15, clip.apex + 1))


def make_clip(config: dict, clip: Clip, folder: Path) -> Arrays:
    """Run the three steps of one clip by the set's own experiment."""
    frames, faces, out = (folder / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    part = {name: getattr(clip, name) for name in ("start", "end", "rotation", "half", "rate")}
    decode_video(clip.video, frames, **part, **config["video"], code="")
    detect_faces(
        frames, faces, **config["faces"], track="landmarks", face_x=clip.face_x, rotation=clip.rotation, code=""
    )
    method = config["readings"]["clips"]["peak"]
    annotation = Annotation(clip.onset, clip.apex, clip.offset)
    select_peak(frames, faces, out, **config["clips"], method=method, annotation=annotation, code="")
    written = read_arrays(out, "clip")
    assert written.rejected is None
    return written


def test_a_sequence_of_six_pictures_counts_too(tmp_path, film):
    build_tree("ck-plus", tmp_path / "set", Filmed(lambda person, label: film), people=(1,), labels=("happy",))
    for picture in sorted((tmp_path / "set/cohn-kanade-images/S010/001").iterdir())[6:]:
        picture.unlink()
    config = config_for("ck-plus", tmp_path / "set")
    (clip,) = scan_dataset(config, ROOT).clips
    written = make_clip(config, clip, tmp_path)
    assert sorted(Counter(written["frames"].tolist())) == [0, 1, 2, 3, 4, 5]


def test_every_set_has_its_facts_a_builder_and_an_experiment():
    assert set(BUILDERS) == set(ADAPTERS)
    kinds = yaml.safe_load(SCHEMA.read_text())["properties"]["dataset"]["properties"]["kind"]["enum"]
    assert tuple(kinds) == KINDS
    for kind, module in ADAPTERS.items():
        dataset = load_adapter(kind)
        assert isinstance(dataset, DataSet)
        assert all((dataset.title, dataset.licence, dataset.source, dataset.layout, dataset.reference))
        assert {label for label in dataset.labels.values() if label} <= set(CLASSES)
        for subset in dataset.subsets.values():
            if isinstance(subset.clips, dict):
                assert set(subset.clips) <= set(dataset.labels)
        assert importlib.import_module(f"videofer.datasets.{module}").__doc__
        assert (ROOT / "experiments" / f"{kind}.yaml").is_file()


@pytest.mark.parametrize(("kind", "subset", "total"), [
    ("mmi", "paper", 208), ("mmi", "all", 213), ("ck-plus", "labelled", 327), ("oulu-casia", "NI-Dark", 480),
    ("ravdess", "speech", 1440), ("ravdess", "song", 1012), ("ravdess", "both", 2452), ("crema-d", "all", 7442),
    ("savee", "all", 480), ("afew", "all", 1156),
])  # fmt: skip
def test_published_counts_add_up(kind, subset, total):
    assert sum(load_adapter(kind).subsets[subset].clips.values()) == total


@pytest.mark.parametrize("page", ["README.md", "docs/data-sets.md"])
def test_the_pages_state_the_counts_and_licences_of_every_set(page):
    rows = [row for row in (ROOT / page).read_text(encoding="utf-8").splitlines() if row.startswith("|")]
    for kind in ADAPTERS:
        dataset = load_adapter(kind)
        (row,) = (row for row in rows if f"`{kind}`" in row)
        subset = next(iter(dataset.subsets.values()))
        numbers = [] if subset.subjects is None else [subset.subjects]
        if isinstance(subset.clips, dict) and dataset.people:
            six = sum(number for word, number in subset.clips.items() if dataset.labels[word])
            numbers += {sum(subset.clips.values()), six}
        elif subset.clips is not None and kind not in ("afew", "ferv39k"):  # which are told by their two parts
            numbers.append(subset.clips)
        told = row.replace(",", "")
        assert not [number for number in numbers if not re.search(rf"\b{number}\b", told)], row
        assert "signed" in dataset.licence or "signed agreement" not in row
        assert ("CC BY-NC-SA" in row) == ("CC BY-NC-SA" in dataset.licence)


def test_the_paper_s_class_counts_are_those_of_the_subset():
    counts = load_adapter("mmi").subsets["paper"].clips
    assert list(counts.values()) == [33, 32, 28, 42, 32, 41]


@pytest.mark.parametrize("kind", ADAPTERS)
def test_an_empty_folder_and_an_unknown_subset_are_named_in_one_sentence(kind, tmp_path):
    config = config_for(kind, tmp_path)
    with pytest.raises(UserError, match="does not look like"):
        scan_dataset(config, ROOT)
    with pytest.raises(UserError, match="data_dir is missing"):
        scan_dataset(config | {"data_dir": None}, ROOT)
    with pytest.raises(UserError, match="does not exist"):
        scan_dataset(config | {"data_dir": str(tmp_path / "gone")}, ROOT)
    config["dataset"]["subset"] = "nosuch"
    with pytest.raises(UserError, match=r"dataset\.subset is 'nosuch'"):
        scan_dataset(config, ROOT)


def test_labels_of_the_config_replace_those_of_the_set(tmp_path):
    build_tree("ck-plus", tmp_path)
    config = config_for("ck-plus", tmp_path)
    config["dataset"]["labels"] = {"Anger": "disgust", "Surprise": None}
    found = scan_dataset(config, ROOT)
    assert Counter(clip.label for clip in found.clips) == {"disgust": 6, "fear": 3, "happy": 3, "sad": 3}
    assert found.left_out == {"'Surprise', not one of the six": 3}


def test_a_word_that_the_set_does_not_have_is_named(tmp_path):
    build_tree("ck-plus", tmp_path)
    config = config_for("ck-plus", tmp_path)
    config["dataset"]["labels"] = {"contmpt": "disgust"}
    with pytest.raises(UserError, match=r"maps 'contmpt', which is no word of CK\+.*: it has Anger, Contempt"):
        scan_dataset(config, ROOT)


def test_classes_that_are_not_asked_for_are_left_out_and_counted(tmp_path):
    build_tree("savee", tmp_path)
    config = config_for("savee", tmp_path)
    config["dataset"]["classes"] = ["happy", "sad"]
    found = scan_dataset(config, ROOT)
    assert Counter(clip.label for clip in found.clips) == {"happy": 3, "sad": 3}
    assert found.left_out["'fear', not in dataset.classes"] == 3
