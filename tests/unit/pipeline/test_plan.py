"""Settings that cannot go together, or not with these clips, are named before any job starts."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from videofer.core.clip import Clip, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.scan import scan_dataset
from videofer.pipeline.config import check_plan

ROOT = Path(__file__).resolve().parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def clips(people: int, labels=CLASSES, part: str | None = None) -> list[Clip]:
    return [
        Clip(f"{part}{p}-{label}", f"{p}-{label}.avi", f"{part}P{p}", label, part=part)
        for p in range(people)
        for label in labels
    ]


def check(scan: Scan, **changes) -> None:
    config = copy.deepcopy(CONFIG)
    for section, values in changes.items():
        config[section] |= values
    check_plan(config, scan)


@pytest.mark.parametrize("overlay", ["mmi-sized", "smoke", "ablation"])
def test_the_experiments_that_draw_their_own_data_can_succeed(overlay):
    config = copy.deepcopy(CONFIG)
    for section, values in yaml.safe_load((ROOT / f"experiments/{overlay}.yaml").read_text()).items():
        config[section] = config[section] | values if isinstance(values, dict) else values
    check_plan(config, scan_dataset(config, ROOT))


@pytest.mark.parametrize(("changes", "words"), [
    ({"folds": {"count": 5}}, r"folds\.count is 5, which needs 5 subjects, but the clips show 4: lower it or add"),
    ({"folds": {"count": 4, "train_subjects": 3}}, r"folds\.train_subjects is 3, but of the 4 subjects one tests"),
    ({"video": {"min_frames": 20, "max_frames": 16}}, r"video\.min_frames is 20 and video\.max_frames 16"),
    ({"clips": {"min_frames": 1501}}, r"clips\.min_frames is 1501 and video\.max_frames 1500"),
])  # fmt: skip
def test_settings_that_contradict_the_clips_or_each_other(changes, words):
    with pytest.raises(UserError, match=words):
        check(Scan(clips(4), []), **changes)
    check(Scan(clips(4), []), folds={"count": 4, "train_subjects": 2})
    with pytest.raises(UserError, match="leave-one-subject-out, which needs 3 subjects, but the clips show 2"):
        check(Scan(clips(2), []), folds={"protocol": "leave-one-subject-out"})


def test_a_class_without_a_clip_and_one_of_a_single_person():
    plan = {"folds": {"count": 3}}
    with pytest.raises(UserError, match=r"dataset\.classes names disgust, fear, of which the data set has no clip"):
        check(Scan(clips(5, ("angry", "happy", "sad", "surprise")), []), **plan)
    alone = [one for one in clips(5) if one.label != "fear" or one.subject == "NoneP2"]
    with pytest.raises(
        UserError, match="holds fear, which only NoneP2 shows, so that no fold could both train and"
    ):
        check(Scan(alone, []), **plan)
    # A split that comes with the set, or one clip a person, says nothing of people.
    check(Scan(alone, [], official=({"a": "train", "b": "test"},)), folds={"protocol": "official"})
    check(Scan(alone, [], people=False), **plan)


def test_no_class_has_a_clip_for_each_fold():
    few = [one for number, one in enumerate(clips(6)) if number % 7 in (0, 3)]
    with pytest.raises(UserError, match=r"folds\.count is 6, but the most frequent class has \d clips: lower it"):
        check(Scan([*few, *clips(2)], []), folds={"count": 6})


def test_each_set_of_a_study_of_several_needs_its_own_people():
    both = clips(5, part="mmi") + clips(3, part="savee")
    with pytest.raises(UserError, match="needs 5 subjects, but the clips of the set savee show 3"):
        check(Scan(both, []), folds={"protocol": "sets", "count": 5})
    check(Scan(both, []), folds={"protocol": "sets", "count": 3})


def test_the_workflow_says_so_in_one_sentence_and_starts_nothing(tmp_path):
    (tmp_path / "overlay.yaml").write_text("folds: {count: 17}\n")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--directory", str(tmp_path), "--cores", "1", "--snakefile",
         str(ROOT / "Snakefile"), "--configfile", str(ROOT / "config.yaml"), "overlay.yaml"],
        cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "folds.count is 17, which needs 17 subjects, but the clips show 16" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()
