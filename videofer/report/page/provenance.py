"""What a run was computed with, how long that took, and from which files."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from videofer.core import __version__
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import NONE, show
from videofer.pipeline.job_costs import read_costs
from videofer.report.page.contents import make_table
from videofer.report.page.settings import to_plain

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "seaborn")


def list_versions(records: Sequence[dict]) -> dict:
    """Return a table of the versions that the runs and this page were computed with; records: run.json files."""
    torch = sorted({str(record["torch"]) for record in records})
    sizes = sorted({f"{record['model_parameters']:,}" for record in records if record["model"] == OWN_MODEL})
    rows = [("videofer", __version__), ("Python, of this page", platform.python_version())]
    rows += [("torch, of the trainings", ", ".join(torch))]
    rows += [(name, version(name)) for name in LIBRARIES]
    rows += [("Weights of the Capsule-LSTM", ", ".join(sizes))]
    return make_table("versions", "Versions", ["Part", "Version"], rows)


def list_hardware(records: Sequence[dict]) -> dict:
    """Return a table of the machines that trained, each with its number of trainings."""
    machines = Counter(
        (
            str(record["hardware"]["processor"]),
            str(record["hardware"]["cores"]),
            show(float(record["hardware"]["memory_gib"]), 0),
            str(record["hardware"]["gpu"] or NONE),
            str(record["device"]),
        )
        for record in records
    )
    headings = ["Processor", "Cores", "Memory (GiB)", "GPU", "Trained on", "Trainings"]
    rows = [(*machine, str(count)) for machine, count in sorted(machines.items())]
    return make_table("hardware", "Machines that trained", headings, rows)


def list_sources(records: Sequence[dict]) -> dict:
    """Return a table of the files that every training read and of its code, each with its fingerprint."""
    files = Counter((name, digest) for record in records for name, digest in record["inputs"])
    codes = Counter(record["parameters"]["code"] for record in records)
    rows = [(name, digest, str(count)) for (name, digest), count in sorted(files.items())]
    rows += [("code of the training", code, str(count)) for code, count in sorted(codes.items())]
    note = "sha256 of a file's bytes; of the code, the first 16 digits over the syntax trees of all its modules."
    headings = ["Read by the trainings", "Fingerprint", "Trainings"]
    return make_table("sources", "What the trainings read", headings, rows, [note])


def sum_costs(logs: str | Path) -> dict:
    """Return a table of jobs, times and peak memory a rule, the dearest first, from the logs of the jobs."""
    columns = ["rule", "cpu", "wall", "memory"]
    jobs = pd.DataFrame(read_costs(logs), columns=columns)
    rows = []
    for rule, of_rule in sorted(jobs.groupby("rule"), key=lambda one: -one[1]["cpu"].sum()):
        wall = of_rule["wall"]
        seconds = (show(value, 1) for value in (of_rule["cpu"].sum(), wall.sum(), wall.max()))
        rows.append((rule, str(len(of_rule)), *seconds, show(of_rule["memory"].max(), 0)))
    rows.append(("together", str(len(jobs)), *(show(jobs[key].sum(), 1) for key in ("cpu", "wall")), NONE, NONE))
    headings = ["Rule", "Jobs", "CPU time (s)", "Wall time (s)", "Longest job (s)", "Peak memory (MiB)"]
    notes = [
        "Summed over the jobs, which may have run side by side, each from the start of Python to the end of its "
        "work, as it says itself in the last line of its log. Snakemake's own process and the making of this page "
        "are not among them."
    ]
    return make_table("costs", "What it took", headings, rows, notes)


def digest_config(config: dict) -> str:
    """Return the first 16 hexadecimal digits of the configuration's sha256, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(to_plain(config), sort_keys=True).encode()).hexdigest()[:16]
