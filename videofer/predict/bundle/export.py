"""Make a bundle of one variant of a finished study."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core.artifacts import Arrays, read_arrays, read_table, sha256_file
from videofer.core.errors import UserError
from videofer.datasets.registry import ADAPTERS, load_adapter
from videofer.predict.bundle.card import write_card
from videofer.predict.bundle.contents import Preparation, write_bundle
from videofer.predict.bundle.members import find_builder

CLIPS_READ = 100  # of the training clips, spread evenly, for their rate
HEAD = "sequence"  # whose measurements the bundle states: the capsule vote is not exported
LICENCES = {
    "rendered": "no real person: drawn by videofer, head mesh CC0",
    "table": "that of the videos in the list: ask whoever made it",
    "folder": "that of the videos in the folder: ask whoever made it",
}


def export_bundle(results: Path, model: str, variant: str | None, seeds: Sequence[int] | None, out: Path) -> None:
    """Write the bundle of a variant (by default the model's first) of the study whose folder is `results`.

    seeds: whose folds are averaged, by default those of the lowest. Raises UserError if something is missing there.
    """
    find_builder(model)
    runs = find_runs(results, model, variant, seeds)
    weights = {f"{run.parent.name}-{run.name}.safetensors": run / "model.safetensors" for run in runs}
    trained = [read_arrays(path, "weights") for path in weights.values()]
    if any(training_of(other) != training_of(trained[0]) for other in trained):
        raise UserError(f"The trainings in {results} differ in data or settings: finish the study first.")
    parameters = trained[0].parameters
    preparation, landmark_model = read_preparation(results)
    record = {
        "model": model,
        "variant": parameters["variant"],
        "options": parameters["options"],
        "classes": parameters["classes"],
        "seeds": sorted({arrays.parameters["seed"] for arrays in trained}),
        "folds": sorted({arrays.parameters["fold"] for arrays in trained}),
        "data": describe_training(results),
        "measured": read_measured(results, model, parameters["variant"]),
    }
    if landmark_model is not None:
        record["landmark_model_sha256"] = sha256_file(landmark_model)
    write_bundle(out, record, preparation, weights, landmark_model, write_card(record, preparation))


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


def training_of(weights: Arrays) -> tuple:
    """Return what the weights of one bundle must have in common: checksums of the data, options, schedule."""
    return weights.meta["inputs"], weights.parameters["options"], weights.parameters["schedule"]


def read_preparation(results: Path) -> tuple[Preparation, Path | None]:
    """Return how the clips of a study were made, and its landmark model where it is its own."""
    paths = sorted((results / "clips").glob("*.safetensors"))
    paths = paths[:: max(1, len(paths) // CLIPS_READ)]
    clips = {path: clip for path in paths if (clip := read_arrays(path, "clip")).rejected is None}
    if not clips:
        raise UserError(f"{results}/clips holds no usable clip: run the study again.")
    steps = [float(np.median(np.diff(clip["times"]))) for clip in clips.values()]
    rate = 1 / float(np.median([step for step in steps if step > 0]))
    path, clip = next(iter(clips.items()))
    faces = read_arrays(results / "faces" / path.name, "faces").parameters
    names = {key: clip.parameters[key] for key in ("length", "size", "margin", "min_frames")}
    names |= {key: faces[key] for key in ("detector", "upsample", "max_gap", "track")}
    own = faces["landmark_model"]
    if own is not None and not Path(own).is_file():
        raise UserError(f"The landmark model {own} that {results} was made with is gone: put it back.")
    return Preparation(**names, rate=round(rate, 3), own_landmarks=own is not None), own and Path(own)


def describe_training(results: Path) -> dict:
    """Return name, kind, licence and counts of the data that a study trained on."""
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
        "title": adapter.title if adapter else kind,
        "licence": adapter.licence if adapter else LICENCES[kind],
        "clips": len(clips["label"]),
        "subjects": len(set(clips.parameters["subjects"])),
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
