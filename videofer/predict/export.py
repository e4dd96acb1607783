"""Make a bundle of one variant of a finished study, with the model's card."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from videofer.clips.pace import SLOW
from videofer.core import __version__
from videofer.core.artifacts import read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.table_formats import show_bounds, show_percent
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.faces.model_files import DLIB, OWN
from videofer.faces.search import FACE
from videofer.models.registry import MODELS, load_model
from videofer.predict.bundle import NETWORKS, Preparation, hash_subject, name_model, write_bundle
from videofer.predict.convert import convert_networks
from videofer.report.tables.wording import describe_data

CLIPS_READ = 100  # of the training clips, spread evenly, for their rate
HEAD = "sequence"  # whose measurements the bundle states: the capsule vote is not exported
LICENCES = {
    "rendered": "no real person: drawn by videofer, head mesh CC0",
    "table": "that of the videos in the list: ask whoever made it",
    "folder": "that of the videos in the folder: ask whoever made it",
}


def export_bundle(results: Path, model: str, variant: str | None, seeds: Sequence[int] | None, out: Path) -> None:
    """Write the bundle of a variant (by default the model's first) of the study whose folder is `results`.

    seeds: whose folds are averaged, by default those of the lowest; out: a folder, or one file if it ends with
    .zip. Raises UserError if something is missing in the study, or `out` exists.
    """
    if load_model(model).learner is None:
        networks = ", ".join(name for name in MODELS if load_model(name).learner)
        raise UserError(f"{model} is not a network, and only networks can be exported: {networks}.")
    runs = find_runs(results, model, variant, seeds)
    trained = [read_arrays(run / "model.safetensors", "weights") for run in runs]
    shared = [(w.meta["inputs"], w.parameters["options"], w.parameters["schedule"]) for w in trained]
    if any(other != shared[0] for other in shared):
        raise UserError(f"The trainings in {results} differ in data or settings: finish the study first.")
    parameters = trained[0].parameters
    preparation, brought, digest = read_preparation(results)
    record = {
        **{key: parameters[key] for key in ("model", "variant", "options", "classes")},
        "seeds": sorted({arrays.parameters["seed"] for arrays in trained}),
        "folds": sorted({arrays.parameters["fold"] for arrays in trained}),
        "data": describe_training(results),
        "measured": read_measured(results, model, parameters["variant"]),
        "preparation": asdict(preparation),
        "landmark_model_sha256": digest,
    }
    files = {} if brought is None else {preparation.landmark_model: brought}
    with tempfile.TemporaryDirectory(prefix="videofer-") as folder:
        files[NETWORKS] = Path(folder, NETWORKS)
        convert_networks(trained, preparation.length, files[NETWORKS])
        write_bundle(out, record, files, write_card(record))


def find_runs(results: Path, model: str, variant: str | None, seeds: Sequence[int] | None) -> list[Path]:
    """Return the folders of the trainings to export: every fold of each seed."""
    if not (results / "runs").is_dir():
        raise UserError(f"{results} holds no trainings (no folder runs): give the folder of a study's results.")
    overall = read_table(results / "metrics" / "overall.csv", "metric")
    trained = list(dict.fromkeys(overall["model"]))
    if model not in trained:
        raise UserError(f"{model} is not among the trained models of {results}: {', '.join(trained)}.")
    variants = list(dict.fromkeys(overall.loc[overall["model"] == model, "variant"]))
    variant = variant or variants[0]
    if variant not in variants:
        raise UserError(f"{model} has no trained variant {variant} in {results}: {', '.join(variants)}.")
    folder = results / "runs" / model / variant
    existing = sorted(int(path.name.removeprefix("seed-")) for path in folder.glob("seed-*"))
    wanted = list(seeds or existing[:1])
    absent = [seed for seed in wanted if seed not in existing]
    if absent:
        raise UserError(f"{folder} has no seed {absent[0]}, only {', '.join(map(str, existing))}.")
    folds = sorted(set(read_table(results / "folds.tsv", "folds")["fold"]))
    return [folder / f"seed-{seed}" / f"fold-{fold}" for seed in wanted for fold in folds]


def read_preparation(results: Path) -> tuple[Preparation, Path | None, str]:
    """Return how the clips of a study were made, its landmark model where it is the user's, and its sha256."""
    paths = sorted((results / "clips").glob("*/*.safetensors"))
    paths = paths[:: max(1, len(paths) // CLIPS_READ)]
    clips = {path: clip for path in paths if (clip := read_arrays(path, "clip")).rejected is None}
    if not clips:
        raise UserError(f"{results}/clips holds no usable clip: run the study again.")
    path, clip = next(iter(clips.items()))
    clock = clip.parameters.get("rate") or math.inf
    moving = [np.diff(np.unique(clip["times"])) for clip in clips.values()]
    steps = [float(np.median(each)) for each in moving if len(each)]
    # Of films that are slower than the clock, frames were repeated.
    rate = 1 / float(np.median([step if step <= SLOW / clock else 1 / clock for step in steps]))
    faces = read_arrays(results / "faces" / path.parent.name / path.name, "faces").parameters
    names = {key: clip.parameters[key] for key in ("length", "size", "margin", "min_frames")}
    names |= {key: faces[key] for key in ("detector", "upsample", "max_gap", "track")}
    name, digest = faces["landmark_model"], faces["landmark_model_sha256"]
    if name in (OWN, DLIB):
        return Preparation(**names, rate=round(rate, 3), landmark_model=name), None, digest
    # Relative to the folder that the study was made in, above its results.
    places = (folder / name for folder in results.resolve().parents)
    if (model := next(filter(Path.is_file, places), None)) is None:
        raise UserError(f"The landmark model {name} that {results} was made with is gone: put it back.")
    brought = f"landmarks{model.suffix}"
    return Preparation(**names, rate=round(rate, 3), landmark_model=brought), model, digest


def describe_training(results: Path) -> dict:
    """Return name, kind, licence and counts of the data that a study trained on, and its subjects, each hashed."""
    table = results / "tables" / "table-4.1.csv"
    if not table.is_file():
        raise UserError(f"{table} does not exist: finish the study first.")
    named = pd.read_csv(table, dtype=str, keep_default_na=False).iloc[0]
    kind = named["dataset_kind"]
    adapter = load_adapter(kind) if kind in ADAPTERS else None
    clips, folds = read_arrays(results / "clips.safetensors", "clips"), read_table(results / "folds.tsv", "folds")
    counts = pd.Series(np.array(clips.parameters["classes"])[clips["label"]]).value_counts()
    return {
        "name": named["dataset"],
        "kind": kind,
        "title": adapter.title if adapter else named["dataset"],
        "licence": adapter.licence if adapter else LICENCES[kind],
        "clips": len(clips["label"]),
        "subjects": len(set(clips.parameters["subjects"])),
        "people": sorted(map(hash_subject, set(clips.parameters["subjects"]))),
        "clips_per_class": {name: int(counts.get(name, 0)) for name in clips.parameters["classes"]},
        "folds": int(folds["fold"].nunique()),
    }


def read_measured(results: Path, model: str, variant: str) -> dict:
    """Return what was measured on people whom the tested network had not seen: overall, and of each class."""
    tables = {}
    for name in ("overall", "classes"):
        table = read_table(results / "metrics" / f"{name}.csv", "metric")
        rows = table[(table["model"] == model) & (table["variant"] == variant) & (table["head"] == HEAD)]
        tables[name] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return tables["overall"][0] | {"classes": tables["classes"]}


def write_card(record: Mapping) -> str:
    """Return the model's card as Markdown; record: model, data, measurement and preparation as in bundle.json."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")), undefined=StrictUndefined, trim_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("card.md.j2").render(
        name=name_model(record),
        record=record,
        measured_on=describe_data(record["data"]["name"], record["data"]["kind"]),
        networks=len(record["seeds"]) * len(record["folds"]),
        smallest_face=FACE >> record["preparation"]["upsample"],
        percent=show_percent,
        interval=_show_interval,
        version=__version__,
    )


def _show_interval(row: Mapping, name: str) -> str:
    """Return the bounds `name`_low and `name`_high of a row in per cent, or that they are not known."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "not known" if low is None else show_bounds(low, math.nan if high is None else high)
