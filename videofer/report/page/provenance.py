"""What a run was computed with, how long that took, and from which files."""

import csv
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
from videofer.report.page.contents import make_table

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "seaborn")
MEASURED = ["cpu_time", "s", "max_rss"]  # columns of Snakemake's benchmark files; seconds, seconds and MiB


def list_versions(records: Sequence[dict]) -> dict:
    """Return a table of the versions that the runs and this page were computed with; records: run.json files."""
    torch = sorted({str(record["torch"]) for record in records})
    sizes = sorted({f"{record['model_parameters']:,}" for record in records if record["model"] == OWN_MODEL})
    rows = [
        ("videofer", __version__),
        ("Python, of this page", platform.python_version()),
        ("torch, of the trainings", ", ".join(torch)),
        *((name, version(name)) for name in LIBRARIES),
        ("Weights of the Capsule-LSTM", ", ".join(sizes)),
    ]
    return make_table("versions", "Versions", ["Part", "Version"], rows)


def list_hardware(records: Sequence[dict]) -> dict:
    """Return a table of the machines that trained, each with its number of trainings."""
    machines: Counter[tuple[str, ...]] = Counter()
    for record in records:
        machine = record["hardware"]
        memory, gpu = show(float(machine["memory_gib"]), 0), str(machine["gpu"] or NONE)
        machines[str(machine["processor"]), str(machine["cores"]), memory, gpu, str(record["device"])] += 1
    headings = ["Processor", "Cores", "Memory (GiB)", "GPU", "Trained on", "Trainings"]
    rows = [(*machine, str(count)) for machine, count in sorted(machines.items())]
    return make_table("hardware", "Machines that trained", headings, rows)


def list_sources(records: Sequence[dict]) -> dict:
    """Return a table of the files that every training read and of its code, each with its fingerprint."""
    files = Counter((name, digest) for record in records for name, digest in record["inputs"])
    codes = Counter(("code of the training", record["parameters"]["code"]) for record in records)
    rows = [(*source, str(count)) for counts in (files, codes) for source, count in sorted(counts.items())]
    note = "sha256 of a file's bytes; of the code, the first 16 digits over all its modules."
    headings = ["Read by the trainings", "Fingerprint", "Trainings"]
    return make_table("sources", "What the trainings read", headings, rows, [note])


def sum_costs(benchmarks: str | Path) -> dict:
    """Return a table of jobs, times and peak memory a rule, the most expensive first.

    benchmarks: folder of what Snakemake measured, {rule}.tsv or {rule}/**/*.tsv for each job.
    """
    root, jobs = Path(benchmarks), []
    for path in sorted(root.rglob("*.tsv")):
        rule = path.relative_to(root).parts[0].removesuffix(".tsv")
        with path.open(encoding="utf-8", newline="") as file:
            jobs += [{"rule": rule} | job for job in csv.DictReader(file, delimiter="\t")]
    table = pd.DataFrame(jobs, columns=["rule", *MEASURED])
    table = table[table["rule"] != "build_report"]  # of an earlier run
    table[MEASURED] = table[MEASURED].apply(pd.to_numeric, errors="coerce")  # "-" and "NA": not measured
    groups = table.groupby("rule")
    seconds = {"cpu": groups["cpu_time"].sum(min_count=1), "wall": groups["s"].sum(), "longest": groups["s"].max()}
    costs = pd.DataFrame({"jobs": groups.size(), **seconds, "memory": groups["max_rss"].max()})
    rows = [
        (rule, str(jobs), *(show(value, 1) for value in seconds), show(memory, 0))
        for rule, jobs, *seconds, memory in costs.sort_values("cpu", ascending=False, kind="stable").itertuples()
    ]
    total = (show(costs[column].sum(), 1) for column in ("cpu", "wall"))
    rows.append(("together", str(len(table)), *total, NONE, NONE))
    headings = ["Rule", "Jobs", "CPU time (s)", "Wall time (s)", "Longest job (s)", "Peak memory (MiB)"]
    notes = [
        "Summed over the jobs, which may have run side by side, as Snakemake measured each: CPU time and memory by "
        "samples, of which a job that ends at once has none. Snakemake's own process and the making of this page "
        "are not among them."
    ]
    return make_table("costs", "What it took", headings, rows, notes)


def digest_config(config: dict) -> str:
    """Return the first 16 hexadecimal digits of the configuration's sha256, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]
