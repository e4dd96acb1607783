"""The tables that the page computes itself: the clips, the settings, and what the run was computed with."""

import csv
import json
import platform
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from videofer.core import __version__
from videofer.core.study import OWN_MODEL
from videofer.core.table_formats import DASH, NONE, show
from videofer.pipeline.config import list_alternatives

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "seaborn")
MEASURED = ["cpu_time", "s", "max_rss"]  # columns of Snakemake's benchmark files; seconds, seconds and MiB


def make_table(
    name: str, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> dict:
    """Return a table with the keys of a table's JSON file (see `table_formats.to_json`)."""
    return {"name": name, "title": title, "headings": [*headings], "rows": [*rows], "notes": [*notes]}


def count_classes(usable: pd.DataFrame, named: bool) -> dict:
    """Return a table of clips, people and length of each class.

    usable: the rows of the manifest that were not rejected; named: whether the data set says who is who.
    """
    rows = []
    for name, group in [*usable.groupby("label"), ("all", usable)]:
        frames, people = group["frames"], str(group["subject"].nunique()) if named else NONE
        length = show(float(frames.median()), 0), f"{frames.min():.0f}{DASH}{frames.max():.0f}"
        rates = sorted({show(rate, 0) for rate in group["fps"]}, key=float)
        rows.append((name, str(len(group)), people, *length, ", ".join(rates)))
    notes = () if named else (f"{NONE}: the data set does not say who is who.",)
    headings = ["Expression", "Clips", "People", "Frames, median", "Frames, range", "Frames a second"]
    return make_table("dataset", "Clips of each expression", headings, rows, notes)


def list_clips(manifest: pd.DataFrame, usable: pd.DataFrame) -> dict:
    """Return a table of every clip of the manifest with its video, and whether it was used."""
    used = set(usable["clip"])
    rows = []
    for row in manifest.to_dict("records"):
        frames, pixels = f"{row['frames']:.0f}", f"{row['width']:.0f} × {row['height']:.0f}"
        codec = str(row["codec"]) if pd.notna(row["codec"]) else NONE
        known = row["clip"], row["subject"], row["label"], frames, pixels, codec
        rows.append((*known, "yes" if row["clip"] in used else "no"))
    headings = ["Clip", "Person", "Expression", "Frames", "Pixels", "Codec", "Used"]
    return make_table("clips", "All clips of the manifest", headings, rows)


def compare_settings(stated: pd.DataFrame, config: dict) -> tuple[dict, list[str]]:
    """Return a table of the settings beside the paper's, and a sentence for each that departs from it.

    stated: columns key (dotted, of the configuration), setting, paper (empty: not stated), section.
    """
    rows, departures = [], []
    for row in stated.to_dict("records"):
        value = reduce(lambda section, key: section[key], row["key"].split("."), config)
        ours = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        paper, same = "not stated", NONE
        if pd.notna(row["paper"]):
            paper, same = row["paper"], "yes" if float(row["paper"]) == float(value) else "no"
        if same == "no":
            departures.append(f"{row['setting']}: {ours}, where the paper has {paper} (section {row['section']}).")
        rows.append((row["setting"], paper, ours, same, row["key"]))
    headings = ["Setting", "Paper", "This run", "Same", "Key in the configuration"]
    return make_table("settings-used", "Settings beside the paper's", headings, rows), departures


def list_readings(readings: dict, schema: dict) -> dict:
    """Return a table of every reading with its value, what it decides and the other values the schema names."""
    rows, alternatives = [], [*list_alternatives(readings, schema)]
    for group, choices in readings.items():
        described = schema["properties"]["readings"]["properties"][group]["properties"]
        for key, value in choices.items():
            others = ", ".join(str(o).lower() for g, k, o in alternatives if (g, k) == (group, key))
            shown, what = json.dumps(value).strip('"'), described[key]["description"]
            rows.append((f"{group}.{key}", shown, what, others or NONE))
    headings = ["Reading", "Value", "What it decides", "Alternatives"]
    return make_table("readings-used", "Readings of the paper in this run", headings, rows)


def list_notes(records: Sequence[dict]) -> list[str]:
    """Return each fallback that runs noted, once, with the number of runs."""
    notes = [note for record in records for note in record["notes"]]
    return [f"{note} ({notes.count(note)} of {len(records)} runs)" for note in dict.fromkeys(notes)]


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
