"""Profiles name what is there."""

import re
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROFILES = {path.parent.name: yaml.safe_load(path.read_text()) for path in ROOT.glob("profiles/*/*.yaml")}
CLUSTERS = ("slurm", "cluster-generic", "kubernetes")
RULES = {
    name
    for path in (ROOT / "workflow/rules").rglob("*.smk")
    for name in re.findall(r"^(?:use rule \w+ as|rule) (\w+)", path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_s_profile_fits_the_rules_and_reruns_what_one_machine_would(name):
    """Every training asks for a GPU, even where the machine that plans has none."""
    profile = PROFILES[name]
    for key in ("rerun-triggers", "max-checksum-file-size", "rerun-incomplete", "keep-going", "scheduler"):
        assert profile[key] == PROFILES["default"][key]
    assert {"train_fold", "cut_clips"} <= {*profile["set-resources"]} <= RULES
    trainings = {rule for rule in RULES if rule.startswith("train_fold")}
    assert {rule for rule, asked in profile["set-resources"].items() if asked.get("gpu")} == trainings
    assert {*profile["groups"]} <= RULES
    assert {*profile["group-components"]} <= {*profile["groups"].values()}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_job_retried_for_the_last_time_still_fits_its_limit(name):
    """Snakemake clips a request at the limit without a word, which would make the retries useless."""
    profile = PROFILES[name]
    limit = profile["resources"].get("mem_mb", float("inf"))
    asked = [profile["default-resources"], *profile["set-resources"].values()]
    for memory in (a["mem_mb"] for a in asked if "mem_mb" in a):
        megabytes, _, factor = memory.partition(" * ")
        assert factor == "attempt" and int(megabytes) * (1 + profile["retries"]) <= limit


def test_schedulers_are_asked_for_the_same():
    slurm, generic = PROFILES["slurm"], PROFILES["cluster-generic"]
    for key in ("set-resources", "groups", "retries"):
        assert slurm[key] == generic[key]


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.stem)
def test_every_requirement_is_pinned(path):
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {canonicalize_name(line.split("==")[0]) for line in lines if not line.startswith("#")}
    names = [re.split(r"[\s\[]", line)[0] for line in path.read_text().splitlines() if not line.startswith("#")]
    assert names and {canonicalize_name(name) for name in names} <= pins
