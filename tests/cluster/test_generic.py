"""profiles/cluster-generic by the commands of PBS, which Slurm has wrappers of: submit, watch, kill, try again.

The wrappers do not know PBS' request for GPUs (ngpus), so that no training goes this way here.
"""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.cluster
TARGETS = ("results/small/videos/S001-happy.avi", "results/small/videos/S002-sad.avi")


@pytest.fixture(scope="module")
def cluster(slurm, tmp_path_factory):
    from conftest import new_study

    if shutil.which("qsub") is None:
        pytest.skip("PBS'S COMMANDS WERE NOT TESTED: apt-get install slurm-wlm-torque")
    study = new_study(tmp_path_factory.mktemp("generic") / "a project")
    # One job a person; the first try of each has too little memory.
    study.write_profile(
        "cluster-generic", latency_wait=20, groups={"draw_identity": "person", "render_clip": "person"},
        group_components={"person": 1}, set_resources={"render_clip": {"mem_mb": "30 if attempt == 1 else 1500"}},
        default_resources={"mem_mb": "30 if attempt == 1 else 1500"},
    )  # fmt: skip
    return study


def call(study, slurm, *command):
    options = {"cwd": study.folder, "env": slurm.environment, "capture_output": True, "text": True, "check": True}
    return subprocess.run(command, **options).stdout.strip()


def submit(study, slurm, script):
    path = study.folder / "job.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    return call(study, slurm, "profiles/cluster-generic/submit.sh", "a-job", "1", "300", "5", "0", str(path))


def status(study, slurm, job):
    return call(study, slurm, "profiles/cluster-generic/status.sh", job)


def wait_for_end(study, slurm, job):
    answers = ["running"]  # an end is told once: status.sh forgets a job that succeeded
    slurm.wait_until(lambda: answers.append(status(study, slurm, job)) or answers[-1] != "running", "its end", 120)
    return answers[-1]


@pytest.mark.parametrize(("script", "end"), [("exit 0", "success"), ("exit 3", "failed"), ("kill -9 $$", "failed")])
def test_the_end_of_a_job_is_reported(cluster, slurm, script, end):
    assert wait_for_end(cluster, slurm, submit(cluster, slurm, script)) == end


def test_a_deleted_job_has_failed(cluster, slurm):
    job = submit(cluster, slurm, "sleep 600")
    running = {"JobId": job, "JobState": "RUNNING"}
    slurm.wait_until(lambda: running.items() <= slurm.jobs()[-1].items(), "a start", 60)
    assert status(cluster, slurm, job) == "running"
    slurm.run("qdel", job)
    assert wait_for_end(cluster, slurm, job) == "failed"


def test_jobs_killed_for_their_memory_come_back_with_more(cluster, slurm, start):
    before = len(slurm.jobs())
    start(cluster, "--workflow-profile", "profiles/my-cluster-generic", *TARGETS).finish(900)
    assert all((cluster.folder / path).stat().st_size > 10000 for path in TARGETS)
    memory = [job["MinMemoryNode"] for job in slurm.jobs()[before:]]
    assert sorted(memory) == ["1500M", "1500M", "30M", "30M"]
