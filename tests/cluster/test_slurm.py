"""The study through profiles/slurm on a real Slurm, under faults: the same tables as on one machine."""

import re
import shutil
import time

import pytest

from videofer.core.artifacts import read_arrays, read_table

pytestmark = pytest.mark.cluster
# What a cluster without accounting wants, and a test that does not wait; `evaluate` has too little memory at first.
TOO_LITTLE, ENOUGH = 30, 3000
CHANGES = {
    "slurm_no_account": True,
    "slurm_init_seconds_before_status_checks": 2,
    "latency_wait": 20,
    "default_resources": {"mem_mb": "1500 * attempt"},
    "set_resources": {"evaluate": {"mem_mb": f"{TOO_LITTLE} if attempt == 1 else {ENOUGH}"}},
}


def jobs_of(slurm, rule):
    return [job for job in slurm.jobs() if re.search(rf"\brule_{rule}(_|$)", job.get("Comment", ""))]


def training(slurm):
    return [job for job in jobs_of(slurm, "train_fold") if job["JobState"] == "RUNNING"]


def share_two_people(local, study):
    """Take over the finished clips of two people: the third's are work enough."""
    for path in sorted(local.results.rglob("S00[12]*")):
        if path.is_file():
            taken = study.results / path.relative_to(local.results)
            taken.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, taken)


def number(job):
    return job["JobId"]


@pytest.fixture(scope="module")
def finished(slurm, study, local):
    """Run the study; cancel a training, and let the node's daemon crash and come back while another one runs."""
    from conftest import Run

    share_two_people(local, study)
    study.write_profile("slurm", **CHANGES)
    run = Run(study, slurm, "--workflow-profile", "profiles/my-slurm")
    try:
        slurm.wait_until(lambda: not run.running() or training(slurm), "a training to run", 1800)
        cancelled = number(training(slurm)[0])
        slurm.run("scancel", cancelled)

        def another_runs():
            return not run.running() or any(number(job) != cancelled for job in training(slurm))

        slurm.wait_until(another_runs, "another", 300)
        time.sleep(2)  # the job's own process must be there: it outlives the daemon
        slurm.kill_node()
        time.sleep(3)
        slurm.restart_node()
        text = run.finish(2400)
    finally:
        run.end()
    return {"text": text, "cancelled": cancelled}


def test_every_table_is_the_one_of_a_single_machine(finished, study, local):
    for name in ("tables/table-4.1.csv", "tables/table-4.2.csv"):
        assert (study.results / name).read_bytes() == (local.results / name).read_bytes()
    tables = [read_table(where.results / "metrics/predictions.csv", "predictions") for where in (study, local)]
    assert tables[0].equals(tables[1])
    weights = "runs/capsule-lstm/margin-reconstruction-ce/seed-0/fold-0/model.safetensors"
    arrays = [read_arrays(where.results / weights, "weights") for where in (study, local)]
    assert all((arrays[0][name] == values).all() for name, values in arrays[1].items())


def test_a_cancelled_training_was_submitted_again(finished, slurm):
    trainings = jobs_of(slurm, "train_fold")
    states = {number(job): job["JobState"] for job in trainings}
    assert states[finished["cancelled"]] == "CANCELLED"
    assert list(states.values()).count("COMPLETED") == 6  # two models, three folds


def test_a_job_killed_for_its_memory_came_back_with_more(finished, slurm):
    first, *_, last = sorted(jobs_of(slurm, "evaluate"), key=lambda job: int(number(job)))
    assert first["MinMemoryNode"] == f"{TOO_LITTLE}M" and first["JobState"] not in ("COMPLETED", "CANCELLED")
    assert last["MinMemoryNode"] == f"{ENOUGH}M" and last["JobState"] == "COMPLETED"


def test_trainings_have_a_gpu_each_and_other_jobs_none(finished, slurm):
    trained = jobs_of(slurm, "train_fold")
    assert {job.get("TresPerJob") for job in trained} == {"gres:gpu:1"}
    others = [job for job in slurm.jobs() if job not in trained]
    assert others and not any("TresPerJob" in job for job in others)


def test_small_jobs_travel_together(finished, slurm):
    """Two clips are drawn in one Slurm job, a person's are cut in one, and the data set's three steps are one."""
    groups = {name: jobs_of(slurm, name) for name in ("people", "videos", "data")}
    assert [len(jobs) for jobs in groups.values()] == [1, 1, 1]
    (videos,) = groups["videos"]
    assert videos["TRES"].startswith("cpu=1,mem=1500M") and videos["TimeLimit"] == "00:04:00"
    (cut,) = jobs_of(slurm, "cut_clips")
    assert cut["TRES"].startswith("cpu=1,mem=2500M") and cut["TimeLimit"] == "01:00:00"


def test_nothing_is_left_to_do(finished, study, start):
    assert "Nothing to be done" in start(study, "--workflow-profile", "profiles/my-slurm").finish(300)
