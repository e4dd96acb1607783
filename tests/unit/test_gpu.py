"""Devices: who asks for a GPU, and one holder a device."""

import multiprocessing
import time

import pytest

from videofer import gpu
from videofer.errors import UserError


@pytest.mark.parametrize(("device", "present", "asked"), [
    ("auto", True, 1), ("auto", False, 0), ("cpu", True, 0), ("cuda", False, 1), ("mps", False, 1),
])  # fmt: skip
def test_jobs_ask_for_a_gpu_only_where_they_will_use_one(monkeypatch, device, present, asked):
    monkeypatch.setattr(gpu, "machine_has_gpu", lambda: present)
    assert gpu.gpus_per_job(device) == asked


def test_hidden_gpus_do_not_count(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not gpu.machine_has_gpu()


def test_cpu_is_leased_without_a_lock():
    with gpu.lease_device("cpu") as device:
        assert device == "cpu"


def test_an_absent_device_is_refused(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with (
        pytest.raises(UserError, match=r"training\.device is cuda, but torch finds none here"),
        gpu.lease_device("cuda"),
    ):
        pass


def hold_device(folder, count, taken):
    import tempfile

    tempfile.tempdir = folder
    with gpu._lease_cuda(count) as number:
        taken.put(number)
        time.sleep(60)


def test_each_device_has_one_holder_and_a_killed_one_frees_it(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    context = multiprocessing.get_context("spawn")
    taken = context.Queue()
    holders = [context.Process(target=hold_device, args=(str(tmp_path), 2, taken)) for _ in range(3)]
    try:
        for holder in holders[:2]:
            holder.start()
        assert sorted([taken.get(timeout=30), taken.get(timeout=30)]) == [0, 1]
        holders[2].start()
        time.sleep(2)
        assert taken.empty()
        holders[0].kill()
        assert taken.get(timeout=30) in (0, 1)
    finally:
        for holder in holders:
            holder.kill()
