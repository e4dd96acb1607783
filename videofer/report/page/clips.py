"""The answers clip by clip, with small pictures and curves: what the page's confusion table opens."""

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.metrics import confusion_matrix

from videofer.core.artifacts import Arrays, read_arrays
from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import class_names

MOST_CLIPS = 400  # whose pictures and scores go into the page
QUALITY = 60  # of the WebP pictures, 0..100: about 4 kB a clip
STEPS = 1000  # scores are kept as whole thousandths: half the bytes of decimals


def embed_clips(
    clips_path: str | Path,
    predictions: pd.DataFrame,
    explanations_path: str | Path | None,
    model: str,
    variant: str,
    size: int,
    most: int = MOST_CLIPS,
) -> dict:
    """Return the page's data on clips, ready for JSON: classes, frames a clip, total of clips, and:

    clips: name, subject, fold that tested it, true (an index into classes) and picture (all frames side by side,
    the inner `size` pixels that the model sees) of at most `most` clips, those that `variant` got wrong first.
    runs: of every variant and seed of `model` the confusion counts over all clips, answers and scores of these.
    curves: which run the explanations are of and their scores a frame, (n, T, J); None without explanations.
    Raises UserError if the explanations are of other clips.
    """
    clips, classes = read_arrays(clips_path, "clips"), class_names(predictions)
    test = predictions[(predictions["split"] == "test") & (predictions["model"] == model)]
    first = test[test["variant"] == variant]
    first = first[first["seed"] == first["seed"].iloc[0]].set_index("clip")
    places = {name: place for place, name in enumerate(clips.parameters["clips"])}
    names = choose_clips(first, [*places], most)
    runs = [
        _describe_run(key, group.set_index("clip"), names, classes)
        for key, group in test.groupby(["variant", "seed"], sort=False)
    ]
    return {
        "classes": classes,
        "total": len(places),
        "frames": clips["clip"].shape[1],
        "clips": [
            {
                "name": name,
                "subject": first.loc[name, "subject"],
                "fold": int(first.loc[name, "fold"]),
                "true": classes.index(first.loc[name, "true"]),
                "picture": draw_strip(clips["clip"][places[name]], size),
            }
            for name in names
        ],
        "runs": runs,
        "curves": explanations_path and _read_curves(explanations_path, names, classes, runs),
    }


def choose_clips(answers: pd.DataFrame, names: list[str], most: int) -> list[str]:
    """Return at most `most` of the tested clips in their order, right ones left out before wrong ones."""
    tested = [name for name in names if name in answers.index]
    right = answers["true"] == answers["predicted"]
    kept = set(sorted(tested, key=lambda name: bool(right[name]))[:most])
    return [name for name in tested if name in kept]


def draw_strip(frames: np.ndarray, size: int) -> str:
    """Return the inner squares of a clip (T, H, W) side by side as the data URI of a WebP picture."""
    edge = (frames.shape[-1] - size) // 2
    inner = frames[:, edge : edge + size, edge : edge + size]
    out = io.BytesIO()
    Image.fromarray(np.hstack(list(inner))).save(out, "WEBP", quality=QUALITY, method=6)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _describe_run(key: tuple, answers: pd.DataFrame, names: list[str], classes: list[str]) -> dict:
    run = {"variant": key[0], "seed": int(key[1]), "counts": {}, "answers": {}, "scores": {}}
    chosen = answers.loc[names]
    for name, head in HEADS.items():
        if answers[head.answer].isna().any():
            continue  # a model without capsules has no vote of theirs
        run["counts"][name] = confusion_matrix(answers["true"], answers[head.answer], labels=classes).tolist()
        run["answers"][name] = [classes.index(answer) for answer in chosen[head.answer]]
        run["scores"][name] = _to_steps(chosen[[head.scores + label for label in classes]].to_numpy())
    return run


def _read_curves(path: str | Path, names: list[str], classes: list[str], runs: list[dict]) -> dict:
    explained = read_arrays(path, "explanations")
    made = explained.parameters
    of = [n for n, run in enumerate(runs) if (run["variant"], run["seed"]) == (made["variant"], made["seed"])]
    places = {name: place for place, name in enumerate(made["clips"])}
    if not of or made["classes"] != classes or not set(names) <= set(places):
        raise UserError(f"{path} explains other clips or another run than this report's: delete it and run again.")
    return {"run": of[0]} | _select_curves(explained, [places[name] for name in names])


def _select_curves(explained: Arrays, places: list[int]) -> dict:
    sources = {"sequence": "probability", "capsule": "norms"}
    return {head: _to_steps(explained[name][places]) for head, name in sources.items()}


def _to_steps(scores: np.ndarray) -> list:
    return np.rint(np.asarray(scores, float) * STEPS).astype(int).tolist()
