"""What goes into the repository: the tables as they are, and what they were computed with."""

import json
import subprocess

import pytest
import yaml
from fake_page import CONFIG, complete_records
from fake_runs import write_fake_results

from videofer.publish import name_commit, publish_results
from videofer.report.provenance import digest_config


@pytest.fixture
def study(tmp_path):
    root = write_fake_results(tmp_path / "rendered", seeds=(0, 2), models={"capsule-lstm": ["margin-ce"]})
    complete_records(root)
    (root / "table-4.2.md").write_bytes("**Table** − ±\n".encode())
    return root


def publish(study, folder, config=CONFIG):
    records = sorted(study.glob("runs/**/run.json"))
    publish_results([study / "table-4.2.md"], records, folder, config, ["mmi-sized.yaml"])
    return (folder / "README.md").read_text(encoding="utf-8")


def test_tables_are_copied_byte_for_byte_and_the_configuration_is_whole(study, tmp_path):
    page = publish(study, tmp_path / "docs")
    assert (tmp_path / "docs/table-4.2.md").read_bytes() == (study / "table-4.2.md").read_bytes()
    kept = yaml.safe_load((tmp_path / "docs/config.yaml").read_text(encoding="utf-8"))
    assert kept == CONFIG and digest_config(kept) in page


def test_the_page_says_what_it_was_computed_with(study, tmp_path):
    first = next(study.glob("runs/**/run.json"))
    record = json.loads(first.read_text())
    gpu = record["hardware"] | {"gpu": "Test GPU"}
    first.write_text(json.dumps(record | {"torch": "9.9", "device": "cuda:0", "hardware": gpu}))
    page = publish(study, tmp_path / "docs")
    for part in (
        "| Seeds | 0, 2 |",
        "| Folds | 3 |",
        "6: capsule-lstm 6",
        "2.0, 9.9",
        "config.yaml + mmi-sized.yaml",
    ):
        assert part in page
    assert "GPU Test GPU, on cuda:0: 1 trainings" in page and "on cpu: 5 trainings" in page
    assert "capsule-lstm 0123456789abcdef" in page and "(table-4.2.md)" in page
    assert "rendered faces" in page


def test_other_data_are_not_called_rendered(study, tmp_path):
    config = CONFIG | {"name": "mine", "dataset": CONFIG["dataset"] | {"kind": "table"}}
    page = publish(study, tmp_path / "docs", config)
    assert "rendered faces" not in page and "# Results of `mine`" in page


def test_the_commit_is_named_and_changes_elsewhere_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert name_commit("docs") == "unknown: not in a git repository"
    options = ["-c", "user.name=A", "-c", "user.email=a@b"]
    (tmp_path / "code.py").write_text("1")
    for command in (["init", "-q"], ["add", "."], [*options, "commit", "-qm", "First"]):
        subprocess.run(["git", *command], check=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/table.md").write_text("new")
    commit = name_commit("docs")
    assert len(commit) == 40
    (tmp_path / "code.py").write_text("2")
    assert name_commit("docs") == f"{commit}, with uncommitted changes"
