"""Every published set: its facts, and that its tree is found, wherever it lies, with subjects and classes."""

import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from dataset_trees import BUILDERS, Filmed, build_tree

from videofer.clips.peak import select_peak
from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.clip import Clip
from videofer.core.study import CLASSES
from videofer.datasets.adapter import SAFE_NAME
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.datasets.scan import read_tree, scan_dataset
from videofer.faces.detect import detect_faces
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
def test_a_tree_gives_its_clips_with_subject_and_class(kind, tmp_path):
    expected = build_tree(kind, tmp_path / "a set")
    found = scan_dataset(config_for(kind, tmp_path / "a set"), ROOT)
    assert found.rejected == []
    people = load_adapter(kind).people
    wanted = {str(path): (subject if people else None, label) for path, subject, label in expected}
    assert {clip.video: (clip.subject if people else None, clip.label) for clip in found.clips} == wanted
    names = [clip.clip for clip in found.clips]
    assert len({name.casefold() for name in names}) == len(expected)
    assert all(SAFE_NAME.fullmatch(name) for name in names)
    if not people:  # each clip is its own subject, and has a part in every official fold
        assert [clip.subject for clip in found.clips] == names
        assert all(clip.part in fold for clip in found.clips for fold in found.official)


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("inner", ["inner", "outer/inner"])
def test_a_set_is_found_up_to_two_folders_deeper(kind, inner, tmp_path):
    expected = build_tree(kind, tmp_path / inner, people=(1, 2))
    (tmp_path / "another folder").mkdir()
    videos = {clip.video for clip in read_tree(kind, tmp_path, None)[2].clips if clip.label != "Neutral"}
    assert videos == {str(path) for path, _, _ in expected}


@pytest.mark.parametrize(("kind", "folder"), [
    ("mmi", "Sessions"), ("savee", "AudioVisualClip"), ("ferv39k", "2_ClipsforFaceCrop"), ("afew", "train_afew"),
    ("crema-d", "VideoFlash"), ("ck-plus", "Emotion"), ("dfew", "Clip"),
])  # fmt: skip
def test_an_archive_unpacked_into_a_folder_of_its_own_name(kind, folder, tmp_path):
    expected = build_tree(kind, tmp_path)
    (tmp_path / folder).rename(tmp_path / "moved")
    (tmp_path / folder).mkdir()
    (tmp_path / "moved").rename(tmp_path / folder / folder)
    found = read_tree(kind, tmp_path, None)[2]
    assert len(found.clips) - sum(clip.label == "Neutral" for clip in found.clips) == len(expected)
    assert found.rejected == []


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("other", ADAPTERS)
def test_no_tree_of_another_set_breaks_an_adapter(kind, other, tmp_path):
    build_tree(other, tmp_path, people=(1,))
    (tmp_path / "read me {first}.txt").write_text("hello")
    assert bool(read_tree(kind, tmp_path, None)[2].clips) == (kind == other)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_files_in_the_set_s_own_codec_become_a_clip(kind, tmp_path, film):
    build_tree(kind, tmp_path / "set", Filmed(lambda person, label: film), people=(1,), labels=("happy",))
    config = config_for(kind, tmp_path / "set")
    found = scan_dataset(config, ROOT)
    index_dataset(
        [asdict(clip) for clip in found.clips], [],
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
    if kind == "ck-plus":  # whose shortest sequences have six pictures: some are taken more than once
        for picture in sorted(Path(clip.video).iterdir())[6:]:
            picture.unlink()
        written = make_clip(config, scan_dataset(config, ROOT).clips[0], tmp_path)
        assert sorted(Counter(written["frames"].tolist())) == [0, 1, 2, 3, 4, 5]


def make_clip(config: dict, clip: Clip, folder: Path) -> Arrays:
    """Run the three steps of one clip by the set's own experiment."""
    frames, faces, out = (folder / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    part = {name: getattr(clip, name) for name in ("start", "end", "rotation", "half", "rate")}
    decode_video(clip.video, frames, **part, **config["video"], code="")
    detect_faces(
        frames, faces, **config["faces"], track="landmarks", face_x=clip.face_x, rotation=clip.rotation, code=""
    )
    method = config["readings"]["clips"]["peak"]
    stated = {name: getattr(clip, name) for name in ("onset", "apex", "offset")}
    select_peak(frames, faces, out, **config["clips"], method=method, **stated, code="")
    written = read_arrays(out, "clip")
    assert written.rejected is None
    return written


@pytest.mark.parametrize("kind", ADAPTERS)
def test_every_set_has_its_facts_a_builder_and_an_experiment(kind):
    dataset = load_adapter(kind)
    assert all((dataset.title, dataset.licence, dataset.source, dataset.layout, dataset.reference))
    assert {label for label in dataset.labels.values() if label} <= set(CLASSES)
    assert all(set(subset.by_word) <= set(dataset.labels) for subset in dataset.subsets.values())
    assert kind in BUILDERS and (ROOT / "experiments" / f"{kind}.yaml").is_file()


@pytest.mark.parametrize(("kind", "subset", "total"), [
    ("mmi", "paper", 208), ("mmi", "all", 213), ("ck-plus", "labelled", 327), ("oulu-casia", "NI-Dark", 480),
    ("ravdess", "speech", 1440), ("ravdess", "song", 1012), ("ravdess", "both", 2452), ("crema-d", "all", 7442),
    ("savee", "all", 480), ("afew", "all", 1156), ("adfes", "face-forward", None),
])  # fmt: skip
def test_published_counts_add_up(kind, subset, total):
    assert load_adapter(kind).subsets[subset].total == total
    if (kind, subset) == ("mmi", "paper"):  # Table 3.1 of the paper
        assert list(load_adapter(kind).subsets[subset].by_word.values()) == [33, 32, 28, 42, 32, 41]


@pytest.mark.parametrize("kind", ADAPTERS)
def test_the_page_states_counts_and_licence(kind):
    dataset = load_adapter(kind)
    page = (ROOT / "docs/data-sets.md").read_text(encoding="utf-8").replace(",", "")
    (row,) = (row for row in page.splitlines() if row.startswith(f"| `{kind}`"))
    subset = next(iter(dataset.subsets.values()))
    numbers = {subset.subjects, None if kind in ("afew", "ferv39k") else subset.total} - {None}
    assert all(re.search(rf"\b{number}\b", row) for number in numbers)
    assert ("signed" in row) == ("signed" in dataset.licence)
    assert ("CC BY-NC-SA" in row) == ("CC BY-NC-SA" in dataset.licence)
