"""The whole chain on real rendered videos: killed, resumed, complete, and stable."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from videofer.core.artifacts import read_arrays, read_table
from videofer.pipeline.config import trained_models

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
MODELS = {name: set(section["variants"]) for name, section in trained_models(CONFIG).items()}
RUNS = 3 * sum(map(len, MODELS.values()))  # folds x variants

pytestmark = pytest.mark.workflow
NOTHING = "Nothing to be done"


def jobs(dry_run: str) -> dict[str, int]:
    """Return rule -> jobs from the table that a dry run prints."""
    rows = (line.split() for line in dry_run.splitlines())
    counted = {"_".join(row[:-1]): int(row[-1]) for row in rows if len(row) > 1 and row[-1].isdigit()}
    return {rule: count for rule, count in counted.items() if rule.replace("_", "").isalpha()}


@pytest.fixture(scope="module")
def finished(project):
    """Start the smoke experiment, kill it and its jobs half-way, and let a second call complete it."""
    process = subprocess.Popen(
        project.command(), cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and len(list((project.results / "clips").rglob("S*.safetensors"))) < 5:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    project.snakemake()
    return project


def test_every_clip_is_answered_by_every_variant(finished):
    predictions = read_table(finished.results / "metrics/predictions.csv", "predictions")
    test = predictions[predictions.split == "test"]
    assert {model: set(rows.variant) for model, rows in test.groupby("model")} == MODELS
    assert (test.groupby(["model", "variant", "clip"]).size() == 1).all()
    assert test["clip"].nunique() == 18


def test_table_4_1_has_the_paper_s_rows_and_honest_counts(finished):
    table = pd.read_csv(finished.results / "tables/table-4.1.csv")
    assert len(table) == 4
    markdown = (finished.results / "tables/table-4.1.md").read_text()
    assert "/18)" in markdown and "rendered faces" in markdown


def test_table_4_2_measures_every_model_on_the_same_clips(finished):
    table = pd.read_csv(finished.results / "tables/table-4.2.csv").dropna(subset=["n"])
    quoted = {"3DCNN", "IL-CDD", "DTGAN", "Capsule-LSTM"}
    assert set(table.model) == quoted | {"frames-landmarks", "lbp-top-svm", "majority"}
    assert (table.n == 18).all()


def test_figures_and_report_are_there(finished):
    full = "capsule-lstm/margin-reconstruction-ce"
    for figure in ("figure-4.1", f"{full}/history", f"{full}/confusion", f"{full}/saliency"):
        for suffix in (".svg", ".pdf", ".png"):
            assert (finished.results / "figures" / f"{figure}{suffix}").stat().st_size > 1000
    runs = {path.parent.relative_to(finished.results / "runs") for path in finished.results.glob("runs/*/*/seed-0")}
    shown = {
        path.parent.relative_to(finished.results / "figures") for path in finished.results.rglob("answers.svg")
    }
    assert shown == runs and len(runs) == RUNS // 3
    assert "rendered" in (finished.results / "report/index.html").read_text()


def test_no_clip_is_lost(finished):
    clips = read_arrays(finished.results / "clips.safetensors", "clips")
    assert clips["clip"].shape == (18, 16, 64, 64)
    assert read_table(finished.results / "rejected.tsv", "rejected").empty


def test_the_study_answers_a_video_after_one_command(finished, tmp_path):
    """README, "Use it": export, then predict, which finds the bundle by itself."""
    video = sorted((finished.results / "videos").glob("*.avi"))[0]
    for arguments in (["export", finished.results], ["predict", video, "--report", "--confidence", "0"]):
        command = [sys.executable, "-m", "videofer", *map(str, arguments)]
        subprocess.run(command, cwd=tmp_path, check=True, env=os.environ | {"PYTHONPATH": str(finished.folder)})
    table = pd.read_csv(tmp_path / f"predictions/{video.name}.csv")
    assert set(table["status"]) == {"ok"} and set(table["face"]) == {1}
    assert "Strongest moments" in (tmp_path / f"predictions/{video.name}.html").read_text()
    (card,) = tmp_path.glob("bundles/*/README.md")
    assert "/18;" in card.read_text()


def test_large_intermediates_are_removed(finished):
    assert not list((finished.results / "frames").glob("*"))
    assert not list((finished.results / "resume").glob("*"))


def test_a_second_run_has_nothing_to_do(finished):
    assert NOTHING in finished.snakemake()


def test_a_copy_of_the_whole_project_has_nothing_to_do(finished, tmp_path):
    folder = tmp_path / "another place"
    shutil.copytree(finished.folder, folder, symlinks=True, copy_function=shutil.copy)  # new times, in any order
    assert NOTHING in replace(finished, folder=folder).snakemake("--dry-run")


def test_new_file_times_and_comments_rerun_nothing(finished):
    for path in [*finished.folder.glob("workflow/**/*.*"), *finished.folder.glob("videofer/**/*.py")]:
        path.touch()
    module = finished.folder / "videofer/models/capsule_lstm.py"
    module.write_text(module.read_text() + "\n# A remark.\n")
    assert NOTHING in finished.snakemake("--dry-run")


def test_an_edited_module_reruns_what_depends_on_it(finished):
    module = finished.folder / "videofer/models/capsule_lstm.py"
    before = module.read_text()
    module.write_text(before.replace("UPPER_MARGIN = 0.9", "UPPER_MARGIN = 0.8"))
    try:
        planned = jobs(finished.snakemake("--dry-run"))
    finally:
        module.write_text(before)
    assert planned["train_fold"] == 12  # the other models do not use this loss
    assert not {"render_clip", "cut_clips", "augment_clips"} & set(planned)


def test_a_changed_setting_reruns_only_its_own_part(finished):
    planned = jobs(with_overlay(finished, {"training": {"batch_size": 4}}, "--dry-run"))
    assert planned["train_fold"] == RUNS
    own = {"models": {"capsule-lstm": {"training": {"batch_size": 4}}, "majority": None}}
    assert jobs(with_overlay(finished, own, "--dry-run"))["train_fold"] == 12
    assert "cut_clips" not in planned and "augment_clips" not in planned


def with_overlay(project, overlay, *arguments):
    path = project.folder / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay))
    return project.snakemake(*arguments, "--configfile", "experiments/smoke.yaml", "overlay.yaml")


def test_a_changed_caption_or_style_draws_again_and_trains_nothing(finished):
    caption, style = (
        finished.folder / "workflow/report/history.rst",
        finished.folder / "videofer/report/figures/style.py",
    )
    for path, old, new in (
        (caption, "epochs", "rounds"),
        (style, 'BLUE, VERMILLION, GREY = "#0072B2"', 'BLUE, VERMILLION, GREY = "#0072B3"'),
    ):
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new))
        try:
            planned = jobs(finished.snakemake("--dry-run"))
        finally:
            path.write_text(before)
        assert "build_report" in planned
        assert ("plot_figures" in planned) == (path == style)
        assert not {"train_fold", "evaluate", "explain_model", "cut_clips", "render_clip"} & set(planned)


@pytest.mark.parametrize(("folds", "count"), [
    ({"protocol": "leave-one-subject-out"}, 3),
    ({"protocol": "given", "path": "given.tsv"}, 3),
])  # fmt: skip
def test_other_protocols_train_their_own_folds(finished, folds, count):
    shutil.copy(finished.results / "folds.tsv", finished.folder / "given.tsv")
    overlay = {"folds": folds, "seeds": [0, 1]}
    assert jobs(with_overlay(finished, overlay, "--dry-run"))["train_fold"] == count * RUNS // 3 * 2


def test_the_leakage_demonstration_adds_its_table_to_the_report(finished):
    with_overlay(finished, {"extras": ["leakage"]})
    table = pd.read_csv(finished.results / "tables/extra-leakage.csv")
    sequence = table[table["head"] == "sequence"].set_index("study")
    assert sequence.n.to_dict() == {"main": 18, "random-clips": 18, "random-copies": 144}
    main = pd.read_csv(finished.results / "tables/table-4.1.csv").set_index("variant")
    assert sequence.correct["main"] == main.sequence_correct["margin-reconstruction-ce"]
    assert "What a careless split would claim" in (finished.results / "report/index.html").read_text()
    for path in (finished.results / "tables").glob("extra-*"):
        path.unlink()
    finished.snakemake()
    assert "What a careless split would claim" not in (finished.results / "report/index.html").read_text()


def test_deleted_results_come_back_with_the_same_bytes(finished):
    run = finished.results / "runs/capsule-lstm/margin-reconstruction-ce/seed-0/fold-1"
    files = [
        *(path for path in run.iterdir() if path.name != "run.json"),  # which holds the seconds that it took
        finished.results / "videos/S002-fear.avi",
    ]
    clips = finished.results / "clips/S002"
    targets = [*files, clips]
    files += sorted(clips.iterdir())
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    for path in files:
        path.unlink()
    clips.rmdir()
    finished.snakemake(*(str(path.relative_to(finished.folder)) for path in targets))
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == before
    finished.snakemake()


@pytest.fixture(scope="module")
def own_list(finished):
    """Return a study of a user's list with awkward names and bad files, its clips packed."""
    folder = finished.folder / "my films"
    folder.mkdir()
    rows = []
    for number, path in enumerate(sorted((finished.results / "videos").glob("*.avi"))):
        name = f'{number} it\'s "so" déjà-vu %d.avi' if number < 3 else path.name
        shutil.copy(path, folder / name)
        rows.append((name, path.stem[:4], "anger" if "angry" in path.stem else path.stem[5:]))
    (folder / "empty.avi").touch()
    (folder / "noise.mp4").write_bytes(os.urandom(5000))
    rows += [
        ("empty.avi", "S001", "fear"),
        ("noise.mp4", "S001", "fear"),
        ("absent.avi", "S001", "fear"),
        ("S001-sad.avi", "S009", "bored"),
    ]
    pd.DataFrame(rows, columns=["path", "subject", "label"]).to_csv(folder / "list.csv", index=False)
    dataset = {"kind": "table", "path": "my films/list.csv", "labels": {"anger": "angry"}}
    overlay = {"name": "mine", "dataset": dataset}
    with_overlay(finished, overlay, "results/mine/rejected.tsv")
    return finished, overlay


def test_own_videos_by_a_list(own_list):
    finished, _ = own_list
    clips = read_arrays(finished.folder / "results/mine/clips.safetensors", "clips")
    assert len(clips["clip"]) == 18
    assert sorted(set(clips.parameters["subjects"])) == ["S001", "S002", "S003"]
    rejected = read_table(finished.folder / "results/mine/rejected.tsv", "rejected")
    assert len(rejected) == 4
    text = " ".join(rejected.reason)
    for word in ("empty.avi", "noise.mp4", "absent.avi", "bored"):
        assert word in text


def test_one_video_more_adds_its_own_jobs_and_what_sees_the_whole_set(own_list):
    finished, overlay = own_list
    folder, target = finished.folder / "my films", "results/mine/rejected.tsv"
    assert NOTHING in with_overlay(finished, overlay, target, "--dry-run")
    shutil.copy(folder / "S003-sad.avi", folder / "one more.avi")
    with (folder / "list.csv").open("a") as table:
        table.write("one more.avi,S004,sad\n")
    planned = jobs(with_overlay(finished, overlay, target, "--dry-run"))
    planned.pop("total")
    assert planned == {"cut_clips": 1, "index_dataset": 1, "pack_clips": 1}
