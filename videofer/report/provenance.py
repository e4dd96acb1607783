"""What a run was computed with, how long that took, and from which files."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from videofer import __version__
from videofer.config import OWN_MODEL
from videofer.report.contents import make_table
from videofer.report.settings import to_plain
from videofer.table_formats import NONE, show

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "seaborn")
SUFFIX = ".benchmark.tsv"


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


def sum_costs(benchmarks: Sequence[str | Path]) -> dict:
    """Return a table of jobs, run times and peak memory a rule, from the benchmark files under logs/{rule}/.

    A job too short to be sampled has no memory on record. CPU time is left out: the files hold that of the last
    sample, which can lie half a minute before a job's end.
    """
    measured = [
        pd.read_csv(path, sep="\t", na_values=["-", "NA"]).assign(rule=name_rule(path)) for path in benchmarks
    ]
    rows = []
    for rule, jobs in pd.concat(measured).groupby("rule", sort=False) if measured else ():
        total, longest = (show(seconds / 60, 1) for seconds in (jobs["s"].sum(), jobs["s"].max()))
        rows.append((rule, str(len(jobs)), total, longest, show(jobs["max_rss"].max(), 0)))
    headings = ["Rule", "Jobs", "Time of all jobs (min)", "Longest job (min)", "Peak memory (MiB)"]
    notes = [
        "Time: wall time summed over the jobs, which may have run side by side; measured by Snakemake. "
        "Rules without a benchmark are not listed."
    ]
    return make_table("costs", "What it took", headings, rows, notes)


def name_rule(path: str | Path) -> str:
    """Return the rule of a benchmark file: logs/{rule}.benchmark.tsv or logs/{rule}/**/*.benchmark.tsv."""
    parts = Path(path).parts
    below = parts[len(parts) - parts[::-1].index("logs") :]
    return below[0].removesuffix(SUFFIX)


def digest_config(config: dict) -> str:
    """Return the first 16 hexadecimal digits of the configuration's sha256, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(to_plain(config), sort_keys=True).encode()).hexdigest()[:16]
