"""profiles/kubernetes plans the whole workflow with every result in a store; no pod is started."""

import importlib.util
import subprocess
import sys

import pytest
from project_copy import copy_project

pytestmark = pytest.mark.kubernetes
PLUGINS = ("snakemake_executor_plugin_kubernetes", "snakemake_storage_plugin_fs")


def test_every_result_lies_in_the_store_and_the_project_s_own_files_do_not(tmp_path):
    if not all(map(importlib.util.find_spec, PLUGINS)):
        pytest.skip("KUBERNETES WAS NOT TESTED: Snakemake's plugins are missing: make kubernetes")
    project, store = copy_project(tmp_path / "project"), tmp_path / "store"
    store.mkdir()
    done = subprocess.run(
        [
            sys.executable, "-m", "snakemake", "--dry-run", "--workflow-profile", "profiles/kubernetes",
            "--default-storage-provider", "fs", "--default-storage-prefix", str(store),
            "--configfile", "experiments/smoke.yaml",
        ],
        cwd=project, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert done.returncode == 0, text[-3000:]
    paths = {word.rstrip(",") for word in text.split() if "results/smoke/" in word and "." in word}
    assert paths and all(path.startswith(f"{store}/results/smoke/") for path in paths if path.startswith("/"))
    training = text[text.index("rule train_fold") :].partition("\n\n")[0]
    assert "gpu=1" in training and "gpu_manufacturer=nvidia" in training and "scale=0" in training
    assert " workflow/reference/table-4.1.csv" in text and f"{store}/workflow" not in text
