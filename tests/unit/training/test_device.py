"""Devices: which jobs ask for a GPU, and which job gets which."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from videofer.core.errors import UserError
from videofer.training import device as devices

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in (*devices.HIDING, devices.SHARE, "CUBLAS_WORKSPACE_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("device", "present", "expected"), [
    ("auto", True, 1), ("auto", False, 0), ("cpu", True, 0), ("cuda", False, 1), ("mps", False, 1),
])  # fmt: skip
def test_jobs_ask_for_a_gpu_only_where_they_will_use_one(monkeypatch, device, present, expected):
    monkeypatch.setattr(devices, "machine_has_gpu", lambda: present)
    assert devices.gpus_per_job(device) == expected


@pytest.mark.parametrize("file", ["nvidia0", "nvidia3", "kfd", "dxg"])
def test_a_gpu_is_known_by_its_file_unless_it_is_hidden(tmp_path, monkeypatch, file):
    monkeypatch.setattr(devices.sys, "platform", "linux")
    (tmp_path / "nvidiactl").touch()
    assert not devices.machine_has_gpu(tmp_path)
    (tmp_path / file).touch()
    for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"):
        for visible, found in (("3", True), ("", False), ("-1", False)):
            with monkeypatch.context() as patch:
                patch.setenv(name, visible)
                assert devices.machine_has_gpu(tmp_path) == found


def test_an_absent_device_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"training\.device is cuda, but torch finds none here"):
        devices.lease_device("cuda").__enter__()


@pytest.fixture
def pretend(monkeypatch):
    """Let torch see the devices whose identifiers are given; returns the memory shares that jobs then set."""

    def see(*identifiers):
        shares = []
        monkeypatch.setattr(torch.cuda, "set_device", lambda number: None)
        properties = [SimpleNamespace(uuid=identifier) for identifier in identifiers]
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(properties))
        monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)
        monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", shares.append)
        return shares

    return see


def test_jobs_that_see_other_subsets_of_the_devices_agree(pretend, monkeypatch):
    """As under CUDA_VISIBLE_DEVICES=2,0 or under a cluster that shows each job its own device as number 0."""
    shares = pretend("A", "B", "C")
    with devices.lease_device("auto") as first:
        pretend("C", "A")
        with devices.lease_device("cuda") as second:
            pretend("B")
            with devices.lease_device("auto") as third:
                assert (first, second, third) == ("cuda:0", "cuda:0", "cuda:0")
    with ExitStack() as leases:  # parts of one device are devices of their own
        for part in ("MIG-GPU-a/1/0", "MIG-GPU-a/2/0"):
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", part)
            assert leases.enter_context(devices.lease_device("cuda")) == "cuda:0"
    assert shares == []
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"  # else torch's deterministic mode refuses products


def test_jobs_that_share_a_device_share_its_memory_and_take_free_ones_first(pretend, monkeypatch):
    monkeypatch.setenv(devices.SHARE, "2")
    shares = pretend("A", "B")
    with ExitStack() as leases:
        leased = [leases.enter_context(devices.lease_device("cuda")) for _ in range(4)]
    assert leased == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]
    assert shares == [0.5] * 4


def test_apple_s_gpu_is_leased_too_and_a_cpu_without_a_lock(tmp_path, monkeypatch):
    with devices.lease_device("cpu") as device:
        assert device == "cpu" and not list(tmp_path.iterdir())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with devices.lease_device("auto") as device:
        assert device == "mps" and len(list(tmp_path.glob("*/*"))) == 1


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5", ""])
def test_a_senseless_number_of_jobs_is_refused(pretend, monkeypatch, given):
    pretend("A")
    monkeypatch.setenv(devices.SHARE, given)
    with pytest.raises(UserError, match=f"VIDEOFER_JOBS_PER_GPU is '{given}': give the number"):
        devices.lease_device("cuda").__enter__()


def lease_for(seconds, names, jobs, leases):
    """Lease a device, and note in `leases` how many jobs use it then."""
    with devices.lease_slot(names, jobs) as number:
        leases[number].append(1)
        time.sleep(seconds)
        in_use = len(leases[number])
        leases[number].pop()
        return in_use


@pytest.mark.parametrize("share", [1, 2])
def test_of_eight_jobs_none_of_three_devices_has_more_than_it_may(monkeypatch, share):
    monkeypatch.setattr(devices, "POLL_SECONDS", 0.01)
    leases = {0: [], 1: [], 2: []}
    with ThreadPoolExecutor(8) as jobs:
        counts = list(jobs.map(lambda _: lease_for(0.1, "ABC", share, leases), range(8)))
    assert max(counts) == share


def test_a_killed_job_s_device_is_free_again(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "POLL_SECONDS", 0.01)
    program = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from videofer.training.device import lease_slot\n"
        "with lease_slot('A', 1):\n    print('leased', flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, text=True, **pipes) as process,
        ThreadPoolExecutor(1) as jobs,
    ):
        assert process.stdout.readline() == "leased\n"
        waiting = jobs.submit(lease_for, 0, "A", 1, {0: []})
        time.sleep(0.2)
        assert not waiting.done()
        process.kill()
        assert waiting.result(timeout=10) == 1
