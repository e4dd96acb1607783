"""Artifacts of runs that never happened: random answers with a set rate of correct ones, for the report's tests."""

import json
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.core import study
from videofer.core.artifacts import read_table, sha256_file, write_arrays, write_table
from videofer.evaluation.evaluate import evaluate_runs

CLASSES, VARIANTS = list(study.CLASSES), list(study.VARIANTS)
METRICS = ["predictions", "history", "overall", "models", "folds", "seeds", "subjects", "classes", "confusion"]
METRICS += ["comparisons", "design", "resolution", "calibration", "reliability"]
WORKFLOW = Path(__file__).parents[2] / "workflow"
REFERENCE = WORKFLOW / "reference"
REFERENCES = {"losses": "table-4.1", "models": "table-4.2", "originals": "originals", "settings": "settings"}
RATE = {
    "margin-margin": 0.5,
    "margin-reconstruction-margin": 0.6,
    "margin-reconstruction-ce": 0.7,
    "margin-ce": 0.65,
    "plain": 0.2,
    "dtan": 0.45,
    "joint": 0.9,
}
# Variants of several models; the first study's rows stay the same whatever else is trained.
MODELS = {"capsule-lstm": VARIANTS, "majority": ["plain"], "dtagn": ["dtan", "joint"], "ours": ["plain"]}
# Metrics of fake runs by the content that they are of: resampling takes a second, and many tests want the same.
EVALUATED: dict[bytes, dict[str, bytes]] = {}
HARDWARE = {"processor": "Test CPU 3000", "cores": 2, "memory_gib": 8, "gpu": None}


def write_fake_results(
    root: Path,
    variants=VARIANTS,
    seeds=(0,),
    folds=range(3),
    subjects=6,
    epochs=8,
    absent=(),
    rejects=1,
    models=None,
) -> Path:
    """Write manifest, rejected and folds tables, clips.safetensors and the runs of a fake data set under `root`.

    models: the variants of each model, in place of `variants` of the Capsule-LSTM.
    """
    rng = np.random.default_rng(7)
    clips = [(f"s{s}_{c}", f"s{s}", c) for s in range(subjects) for c in CLASSES if c not in absent]
    write_manifest(root, clips, rejects)
    write_clips(root, clips, rng)
    roles = [
        (fold, f"s{n}", "test" if n % len(folds) == folds.index(fold) else "train")
        for fold, n in product(folds, range(subjects))
    ]
    write_table(root / "folds.tsv", "folds", pd.DataFrame(roles, columns=["fold", "subject", "role"]), {})
    trained = models or {"capsule-lstm": variants}
    for model, variant in ((name, variant) for name in trained for variant in trained[name]):
        for seed, fold in product(seeds, folds):
            tested = [clip for clip in clips if int(clip[1][1:]) % len(folds) == folds.index(fold)]
            write_run(root, model, variant, seed, fold, tested, epochs, rng)
    return root


def write_manifest(root: Path, clips, rejects: int) -> None:
    bad = [(f"bad{n}", "s0", "fear") for n in range(rejects)]
    columns = ["clip", "subject", "label"]
    manifest = pd.DataFrame([*clips, *bad], columns=columns)
    manifest.insert(1, "video", "videos/" + manifest["clip"] + ".avi")
    write_table(root / "manifest.tsv", "manifest", manifest, {})
    reason = "No face was found in 9 of 12 frames: check the lighting <or> remove the clip."
    rows = [(clip, f"videos/{clip}.avi", "detect", reason) for clip, _, _ in bad]
    rejected = pd.DataFrame(rows, columns=["clip", "video", "stage", "reason"])
    write_table(root / "rejected.tsv", "rejected", rejected, {})
    kinds = [("'neutral', not one of the six", 12)] * (rejects > 0)
    write_table(root / "left-out.tsv", "left-out", pd.DataFrame(kinds, columns=["reason", "recordings"]), {})
    remarks = [(clips[0][0], f"videos/{clips[0][0]}.avi", "Two <faces> were found.")] * (rejects > 0)
    write_table(root / "remarks.tsv", "remarks", pd.DataFrame(remarks, columns=["clip", "video", "remark"]), {})


def write_clips(root: Path, clips, rng) -> None:
    """Blurred discs whose size follows the class and the frame: something to look at, no faces."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    size = np.array([[0.4 + 0.05 * CLASSES.index(c) + 0.01 * t for t in range(16)] for _, _, c in clips])
    disc = 1 / (1 + np.exp(20 * (np.hypot(x, y)[None, None] - size[:, :, None, None])))
    arrays = {
        "clip": np.clip(255 * disc * 0.8 + rng.normal(20, 8, disc.shape), 0, 255).astype(np.uint8),
        "label": np.array([CLASSES.index(c) for _, _, c in clips], np.int64),
    }
    names = {"clips": [c[0] for c in clips], "subjects": [c[1] for c in clips], "classes": CLASSES}
    write_arrays(root / "clips.safetensors", "clips", arrays, names)


def write_run(root: Path, model: str, variant: str, seed: int, fold: int, tested, epochs: int, rng) -> None:
    run = {"model": model, "variant": variant, "seed": seed, "fold": fold}
    folder = root / f"runs/{model}/{variant}/seed-{seed}/fold-{fold}"
    chosen = epochs - 1
    rows = []
    for epoch in range(1, epochs + 1):
        for split, gap in (("train", 1.0), ("validation", 1.3)):
            fall = gap * np.exp(-epoch / (epochs / 3)) * rng.uniform(0.9, 1.1)
            losses = {"margin": 0.5 * fall, "reconstruction": 2e-5 * fall, "sequence": 0.9 * fall}
            if "reconstruction" not in variant:
                losses["reconstruction"] = 0.0
            row = run | {"epoch": epoch, "split": split} | losses | {"total": sum(losses.values())}
            row |= {"accuracy": 1 - fall / 2, "capsule_accuracy": 1 - fall / 1.8, "chosen": int(epoch == chosen)}
            rows.append(row)
    write_table(folder / "history.csv", "history", pd.DataFrame(rows), {})

    rows = []
    for split in ("validation", "test"):
        for clip, subject, true in tested:
            p, capsule = rng.dirichlet(np.ones(6)), rng.uniform(0.1, 0.9, 6)
            if rng.random() < RATE[variant]:
                p[CLASSES.index(true)] = capsule[CLASSES.index(true)] = 1
            p /= p.sum()
            row = run | {"split": split, "epoch": chosen, "clip": clip, "version": 0, "subject": subject}
            row |= {"true": true, "predicted": CLASSES[p.argmax()], "capsule_predicted": CLASSES[capsule.argmax()]}
            row |= {f"p_{name}": value for name, value in zip(CLASSES, p, strict=True)}
            rows.append(row | {f"capsule_{name}": value for name, value in zip(CLASSES, capsule, strict=True)})
    write_table(folder / "predictions.csv", "predictions", pd.DataFrame(rows), {})
    record = {"device": "cpu", "torch": "2.0", "model_parameters": 12345, "notes": ["No GPU was found."]}
    record |= {"training_seconds": 100.0 + 10 * fold + seed, "inference_seconds_per_clip": 0.004 + 0.001 * fold}
    record |= {"seconds_are": "CPU time of one thread", "hardware": HARDWARE, "converged": fold > 0}
    (folder / "run.json").write_text(json.dumps(run | record))


def evaluate_fake(
    root: Path, variants=VARIANTS, seeds=(0,), folds=range(3), models=None
) -> dict[str, pd.DataFrame]:
    """Evaluate the fake runs into root/metrics and return the tables by name.

    models: the variants of each model, in place of `variants` of the Capsule-LSTM.
    """
    models = models or {"capsule-lstm": variants}
    runs = [
        root / f"runs/{model}/{variant}/seed-{seed}/fold-{fold}"
        for model, variants in models.items()
        for variant, seed, fold in product(variants, seeds, folds)
    ]
    out = {name: root / f"metrics/{name}.csv" for name in METRICS}
    inputs = [root / f"{name}.tsv" for name in ("manifest", "rejected", "folds")]
    inputs += [run / name for run in runs for name in ("predictions.csv", "history.csv", "run.json")]
    key = sha256(repr([models, seeds, folds, *map(sha256_file, inputs)]).encode()).digest()
    if key not in EVALUATED:
        files = {"predictions": "predictions.csv", "history": "history.csv", "records": "run.json"}
        evaluate_runs(
            **{name: [run / file for run in runs] for name, file in files.items()},
            manifest=root / "manifest.tsv", rejected=root / "rejected.tsv", split=root / "folds.tsv",
            out=out, models=models, seeds=seeds, folds=folds, code="test",
        )  # fmt: skip
        EVALUATED[key] = {name: path.read_bytes() for name, path in out.items()}
    for name, path in out.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(EVALUATED[key][name])
    formats = {"predictions": "predictions", "history": "history"}
    return {name: read_table(path, formats.get(name, "metric")) for name, path in out.items()}


def table_inputs(root: Path) -> dict:
    """Return what `build_tables` reads of the fake runs."""
    return {
        "metrics": {name: root / f"metrics/{name}.csv" for name in METRICS},
        "lists": {name: root / f"{name}.tsv" for name in ("rejected", "left-out", "remarks")},
        "reference": {key: REFERENCE / f"{file}.csv" for key, file in REFERENCES.items()},
    }
