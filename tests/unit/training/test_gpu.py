"""Devices: who asks for a GPU, and who holds which one."""

import os
import select
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from videofer.core.errors import UserError
from videofer.training import device as gpu

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in (*gpu.HIDING, gpu.SHARE, "CUBLAS_WORKSPACE_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("device", "present", "asked"), [
    ("auto", True, 1), ("auto", False, 0), ("cpu", True, 0), ("cuda", False, 1), ("mps", False, 1),
])  # fmt: skip
def test_jobs_ask_for_a_gpu_only_where_they_will_use_one(monkeypatch, device, present, asked):
    monkeypatch.setattr(gpu, "machine_has_gpu", lambda: present)
    assert gpu.gpus_per_job(device) == asked


@pytest.mark.parametrize("file", ["nvidia0", "nvidia3", "kfd", "dxg"])
def test_a_gpu_is_known_by_its_file(tmp_path, monkeypatch, file):
    monkeypatch.setattr(gpu.sys, "platform", "linux")
    (tmp_path / "nvidiactl").touch()
    assert not gpu.machine_has_gpu(tmp_path)
    (tmp_path / file).touch()
    assert gpu.machine_has_gpu(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert gpu.machine_has_gpu(tmp_path)


@pytest.mark.parametrize("name", ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"])
@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_do_not_count(tmp_path, monkeypatch, name, hidden):
    (tmp_path / "nvidia0").touch()
    monkeypatch.setenv(name, hidden)
    assert not gpu.machine_has_gpu(tmp_path)


def test_cpu_is_leased_without_a_lock(tmp_path):
    with gpu.lease_device("cpu") as device:
        assert device == "cpu" and not list(tmp_path.iterdir())


def test_an_absent_device_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with (
        pytest.raises(UserError, match=r"training\.device is cuda, but torch finds none here"),
        gpu.lease_device("cuda"),
    ):
        pass


@pytest.fixture
def pretend(monkeypatch):
    """Let torch see the devices whose identifiers are given; returns the memory shares that jobs then set."""

    def see(*identifiers):
        shares = []
        properties = [SimpleNamespace(uuid=identifier) for identifier in identifiers]
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(properties))
        monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)
        monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda *given: shares.append(given))
        return shares

    return see


def test_jobs_that_see_other_subsets_of_the_devices_agree(pretend):
    """As after CUDA_VISIBLE_DEVICES=2,0 or under a cluster that shows each job its own device as number 0."""
    shares = pretend("A", "B", "C")
    with gpu.lease_device("auto") as first:
        pretend("C", "A")
        with gpu.lease_device("cuda") as second:
            pretend("B")
            with gpu.lease_device("auto") as third:
                assert (first, second, third) == ("cuda:0", "cuda:0", "cuda:0")
    assert shares == []


def test_matrix_products_on_a_gpu_are_reproducible(pretend):
    """torch refuses them in its deterministic mode unless the variable says how cuBLAS is to work."""
    pretend("A")
    with gpu.lease_device("auto"):
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_parts_of_one_device_are_told_apart(pretend, monkeypatch):
    pretend("A")
    with ExitStack() as held:
        for part in ("MIG-GPU-a/1/0", "MIG-GPU-a/2/0"):
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", part)
            assert held.enter_context(gpu.lease_device("cuda")) == "cuda:0"


def test_jobs_that_share_a_device_share_its_memory_and_take_free_ones_first(pretend, monkeypatch):
    monkeypatch.setenv(gpu.SHARE, "2")
    shares = pretend("A", "B")
    with ExitStack() as held:
        leased = [held.enter_context(gpu.lease_device("cuda")) for _ in range(4)]
    assert leased == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]
    assert shares == [(0.5, device) for device in leased]


def test_apple_s_gpu_is_leased_too(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with gpu.lease_device("auto") as device:
        assert device == "mps" and [path.name for path in tmp_path.glob("*/*")] == ["mps.0.lock"]


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5", ""])
def test_a_senseless_number_of_jobs_is_refused(pretend, monkeypatch, given):
    pretend("A")
    monkeypatch.setenv(gpu.SHARE, given)
    with pytest.raises(UserError, match=f"VIDEOFER_JOBS_PER_GPU is '{given}': give the number"):
        gpu.lease_device("cuda").__enter__()


# Holds a device until it is told to let go: python -c WORK FOLDER JOBS DEVICES NAME
WORK = """
import sys, tempfile
from videofer.training.device import lease_slot
tempfile.tempdir, jobs, count, name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with lease_slot([f"device-{number}" for number in range(count)], jobs) as number:
    sys.stdout.write(f"{name} {number}\\n")
    sys.stdout.flush()
    sys.stdin.readline()
"""


class Jobs:
    """Processes that each lease one of `count` devices; `leased` reads who got which, in order."""

    def __init__(self, folder, how_many, jobs, count):
        reading, writing = os.pipe()
        self.events = os.fdopen(reading, "rb", buffering=0)
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", WORK, str(folder), str(jobs), str(count), str(name)], cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=writing,
            )
            for name in range(how_many)
        ]  # fmt: skip
        os.close(writing)

    def leased(self):
        name, number = map(int, self.events.readline().split())
        return name, number

    def waiting(self):
        """Tell whether nobody gets a device within the time in which each waiting job asks twice."""
        return not select.select([self.events], [], [], 2 * gpu.POLL_SECONDS)[0]

    def let_go(self, name):
        self.processes[name].communicate("\n")

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()
            process.stdin.close()
        self.events.close()


@pytest.fixture
def start_jobs(tmp_path):
    with ExitStack() as started:

        def start(*arguments):
            jobs = Jobs(tmp_path, *arguments)
            started.callback(jobs.end)
            return jobs

        yield start


@pytest.mark.parametrize("share", [1, 2])
def test_of_eight_jobs_none_of_three_devices_has_more_than_it_may(start_jobs, share):
    jobs = start_jobs(8, share, 3)
    held = dict(jobs.leased() for _ in range(3 * share))
    assert sorted(held.values()) == sorted([0, 1, 2] * share)
    assert jobs.waiting()
    for _ in range(8 - 3 * share):
        name = next(iter(held))
        freed = held.pop(name)
        jobs.let_go(name)
        newcomer, number = jobs.leased()
        assert number == freed and newcomer not in held
        held[newcomer] = number


def test_a_killed_holder_s_device_is_free_again(start_jobs):
    jobs = start_jobs(3, 1, 2)
    held = dict(jobs.leased() for _ in range(2))
    assert sorted(held.values()) == [0, 1] and jobs.waiting()
    name, freed = held.popitem()
    jobs.processes[name].kill()
    newcomer, number = jobs.leased()
    assert number == freed and newcomer not in {*held, name}
