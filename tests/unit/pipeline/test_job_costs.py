"""What a job says of its own cost, and what is read of it again."""

import subprocess
import sys

import pytest

from videofer.pipeline.job_costs import read_costs

WORDS = "took 1.00 s of CPU time, 2.00 s in all, and 3 MiB of memory\n"
SPEND = """
import subprocess, sys, time
from videofer.pipeline.job_costs import describe_cost
block = bytearray(200 * 2**20)
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
spin = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run([sys.executable, "-c", spin], check=True)
time.sleep(0.4)
print("2026-01-01 INFO", describe_cost())
"""


def test_a_job_tells_its_own_cost_and_that_of_its_children(tmp_path):
    said = subprocess.run([sys.executable, "-c", SPEND], capture_output=True, text=True, check=True).stdout
    path = tmp_path / "logs/render_clip/some/clip.log"
    path.parent.mkdir(parents=True)
    path.write_text("first line\n" + said)
    ((rule, cpu, wall, memory),) = read_costs(tmp_path / "logs")
    assert rule == "render_clip"
    assert 0.8 <= cpu < 2.5 and wall >= cpu * 0.5 and wall >= 1.2
    assert 200 < memory < 400


@pytest.mark.parametrize("content", ["", "killed half-way", f"{WORDS}more"])
def test_a_log_without_a_last_word_counts_for_nothing(tmp_path, content):
    (tmp_path / "evaluate.log").write_text(content)
    assert list(read_costs(tmp_path)) == []


def test_a_rule_without_wildcards_is_named_by_its_log(tmp_path):
    (tmp_path / "evaluate.log").write_text(f"x {WORDS}")
    assert list(read_costs(tmp_path)) == [("evaluate", 1, 2, 3)]
