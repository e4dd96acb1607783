"""What plain Snakemake says of a run: how far it is, and what failed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SNAKEFILE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from videofer.pipeline.progress import watch

PROGRESS = watch(workflow, logger, "demo")

onerror:
    print(PROGRESS.explain_failures(), file=sys.stderr)

rule all:
    input: expand("demo/{{model}}/fold-{{fold}}.txt", model="quick", fold=range(3))

rule train:
    output: "{{study}}/{{model}}/fold-{{fold}}.txt"
    log: "{{study}}/logs/{{model}}/{{fold}}.log"
    shell: "echo at work > {{log}}; sleep 0.3; test ! -e broken-{{wildcards.fold}} || "
        "(rm -f once; echo no such film >> {{log}}; false); touch {{output}}"
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs Snakemake with options and returns its exit status and all that it printed."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)

    def snakemake(*options):
        command = [sys.executable, "-m", "snakemake", "--cores", "1", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return snakemake


def test_each_job_is_named_at_its_start_and_end_with_how_far_its_kind_is(run):
    status, printed = run()
    assert status == 0
    assert re.search(r"Job \d+: train quick fold \d: 1 of 3 done, about 1 s left\n", printed)
    assert re.search(r"Finished train quick fold \d: 2 of 3 done, about \d s left\n", printed)
    assert re.search(r"Finished train quick fold \d: 3 of 3 done\n", printed)
    assert "Failed" not in printed


def test_a_plan_is_shown_as_snakemake_shows_it(run):
    planned = run("-n")[1]
    assert "output: demo/quick/fold-0.txt" in planned and "done" not in planned


def test_quiet_is_quiet(run):
    assert "train" not in run("--quiet", "all")[1]


def test_at_last_stands_what_failed_with_the_end_of_its_log(run, tmp_path):
    (tmp_path / "broken-1").touch()
    status, printed = run("--keep-going", "--quiet", "all")
    assert status == 1
    failure = (
        "Failed: train quick fold 1\n  its log, demo/logs/quick/1.log, ends with:\n    at work\n    no such film\n"
    )
    assert failure in printed and printed.count("Failed:") == 1


def test_what_a_second_try_has_done_has_not_failed(run, tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(snakefile.read_text().replace("rm -f once", "rm -f broken-1"))
    for name in ("broken-1", "broken-2"):
        (tmp_path / name).touch()
    status, printed = run("--keep-going", "--retries", "1")
    assert status == 1
    assert "Failed: train quick fold 2" in printed and "Failed: train quick fold 1" not in printed
