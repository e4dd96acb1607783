"""A finished study as an RO-Crate: what is in it, and that each job names what it read and made."""

import base64
import json
import zipfile

import pytest
import yaml

from videofer.core.errors import UserError
from videofer.pipeline.crate import write_crate

JOBS = {  # output -> rule, start, inputs, params
    "results/mine/clips.safetensors": ("pack_clips", 10.0, [], []),
    "results/mine/runs/frames-landmarks/frames/run.json": (
        "train_fold",
        20.0,
        ["results/mine/clips.safetensors"],
        [],
    ),
    "results/mine/report/index.html": (
        "build_report",
        30.0,
        ["results/mine/runs/frames-landmarks/frames/run.json"],
        ["'abc'", "{'name': 'mine', 'seeds': [0]}"],
    ),
    "results/other/report/index.html": ("build_report", 5.0, [], []),
}


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """Work in a folder with a finished study and what Snakemake noted of it."""
    monkeypatch.chdir(tmp_path)
    for output, (rule, start, inputs, params) in JOBS.items():
        (tmp_path / output).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / output).write_text(rule)
        record = {"rule": rule, "input": inputs, "log": [f"{rule}.log"], "params": params, "starttime": start}
        record |= {"endtime": start + 5, "input_checksums": dict.fromkeys(inputs, "sha256:00")}
        name = base64.b64encode(output.encode()).decode()
        path = tmp_path / ".snakemake/metadata" / f"@{name[:20]}" / name[20:]  # as long names are kept
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))
    return tmp_path


def test_it_holds_results_code_configuration_and_every_job(finished):
    (finished / "results/mine/tables").mkdir()
    (finished / "results/mine/tables/table 4.1.csv").write_text("accuracy\n")
    with zipfile.ZipFile(write_crate(finished / "results/mine")) as archive:
        names = set(archive.namelist())
        assert yaml.safe_load(archive.read("config.yaml")) == {"name": "mine", "seeds": [0]}
        graph = {entity["@id"]: entity for entity in json.loads(archive.read("ro-crate-metadata.json"))["@graph"]}
    assert {"workflow/Snakefile", "results/mine/runs/frames-landmarks/frames/run.json"} <= names
    assert not names & {"results/mine/clips.safetensors", "results/other/report/index.html"}
    assert "results/mine/tables/table%204.1.csv" in graph  # names are URIs
    jobs = [entity for name, entity in graph.items() if name.startswith("#job-")]
    assert [job["name"] for job in jobs] == ["pack_clips", "train_fold", "build_report"]
    assert jobs[1]["object"] == {"@id": "#results/mine/clips.safetensors"}
    assert graph["#results/mine/clips.safetensors"]["identifier"] == "sha256:00"
    assert jobs[2]["result"] == {"@id": "results/mine/report/index.html"}
    assert (graph["#run"]["startTime"], graph["#run"]["endTime"]) == (
        "1970-01-01T00:00:10+00:00",
        "1970-01-01T00:00:35+00:00",
    )
    named = {ref["@id"] for entity in graph.values() for value in entity.values() for ref in list_references(value)}
    assert {name for name in named if "://" not in name} <= set(graph)


def list_references(value):
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def test_an_unfinished_study_is_one_sentence(finished):
    (finished / "results/mine/report/index.html").unlink()
    with pytest.raises(UserError, match=r"results/mine/report/index.html .* is missing here: finish the run"):
        write_crate(finished / "results/mine")
