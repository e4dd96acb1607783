"""profiles/cluster-generic through the commands of PBS, which Slurm's wrappers understand."""

import shutil

import pytest

pytestmark = pytest.mark.cluster
VIDEO = "results/small/videos/S001-happy.avi"


@pytest.fixture(scope="module")
def generic(slurm, study):
    if shutil.which("qsub") is None:
        pytest.skip("PBS'S COMMANDS WERE NOT TESTED: apt-get install slurm-wlm-torque")
    study.write_profile(
        "cluster-generic", latency_wait=20,
        set_resources={"index_dataset": {"mem_mb": "20 if attempt == 1 else 1500"}},
    )  # fmt: skip
    return study
