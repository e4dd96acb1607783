"""What is left of a study, told from a dry run and the times of the jobs that are done."""

import webbrowser
from pathlib import Path

import pytest

from videofer.__main__ import main
from videofer.status import describe, find_results, parse_jobs, read_seconds, show_time

SAID = """Building DAG of jobs...
Job stats:
job              count
-------------  -------
all                  1
build_report         1
train_fold          12
total               14

rule train_fold:
    output: results/mine/runs/dtagn/joint/seed-0/fold-0/model.safetensors
"""


def test_jobs_and_folder_are_read_from_the_dry_run():
    assert parse_jobs(SAID) == {"build_report": 1, "train_fold": 12}
    assert find_results(SAID) == Path("results/mine")
    assert parse_jobs("Nothing to be done (all requested files are present and up to date).\n") == {}


def test_the_time_is_the_mean_of_the_jobs_done_over_the_cores(tmp_path):
    for fold, seconds in enumerate((20, 40)):
        path = tmp_path / f"train_fold/dtagn/joint/seed-0/fold-{fold}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"training on cpu\ntook 9.5 s of CPU time, {seconds}.0 s in all, and 300 MiB of memory\n")
    (tmp_path / "train_fold/dtagn/joint/seed-0/fold-2.log").write_text("not done yet\n")
    timed = read_seconds(tmp_path)
    assert timed == {"train_fold": [20.0, 40.0]}
    text = describe({"train_fold": 12, "build_report": 1}, timed, cores=2)
    assert "train_fold         2      12    30.0 s" in text
    assert "Left: about 3 min on 2 cores" in text and "Not timed yet: build_report." in text
    assert describe({}, timed, 2) == "Everything is done."
    assert [show_time(s) for s in (7, 61, 7500)] == ["7 s", "1 min", "2 h 05 min"]


def test_show_opens_the_page_or_says_what_is_missing(tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert main(["show", str(tmp_path)]) == 1
    assert "index.html does not exist: finish the study first" in capsys.readouterr().err
    (tmp_path / "report").mkdir()
    (tmp_path / "report/index.html").write_text("page")
    assert main(["show", str(tmp_path)]) == 0
    assert opened == [(tmp_path / "report/index.html").as_uri()]


def test_status_outside_of_the_project_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 1
    assert "There is no Snakefile here" in capsys.readouterr().err


@pytest.mark.workflow
def test_status_of_a_study_that_has_not_begun(tmp_path, monkeypatch, capsys):
    for part in ("Snakefile", "config.yaml", "experiments", "workflow", "videofer", "profiles"):
        (tmp_path / part).symlink_to(Path(__file__).parents[2] / part)
    monkeypatch.chdir(tmp_path)
    assert main(["status", "--configfile", "experiments/smoke.yaml"]) == 0
    text = capsys.readouterr().out
    assert "render_clip" in text and "train_fold" in text and "Not timed yet" in text


def test_no_time_is_promised_before_a_job_was_timed():
    text = describe({"render_clip": 96}, {}, 2)
    assert "Left: about" not in text and "not known before the first jobs" in text
