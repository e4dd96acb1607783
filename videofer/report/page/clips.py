"""The answers clip by clip, with small pictures and curves: what the page's confusion table opens."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from PIL import Image
from sklearn.metrics import confusion_matrix

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import read_arrays
from videofer.core.errors import UserError
from videofer.core.study import HEADS, OWN_MODEL
from videofer.evaluation.statistics.answers import class_names
from videofer.report.page.embed import encode_uri

MOST_CLIPS = 400  # whose pictures and scores go into the page
QUALITY = 60  # of the WebP pictures, 0..100: about 4 kB a clip
STEPS = 1000  # scores are kept as whole thousandths: half the bytes of decimals
CURVES = {"sequence": "probability", "capsule": "norms"}  # arrays of the explanations


def embed_clips(
    clips: str | Path,
    predictions: pd.DataFrame,
    explanations: str | Path,
    variant: str,
    size: int,
    most: int = MOST_CLIPS,
) -> dict:
    """Return the page's data on clips, ready for JSON.

    classes: their names; total: of clips; frames: of a clip; clips: name, subject, fold that tested it, true (an
    index into classes) and picture (all frames side by side, the inner `size` pixels that the model sees) of at
    most `most` clips, those that `variant` got wrong first; runs: confusion counts of every variant and seed of the
    paper's model over all clips, and answers and scores of these; curves: the position in runs of the explained
    one, and the scores a frame of each head (n, T, J). Raises UserError if the explanations are of other clips.
    """
    packed, explained = read_arrays(clips, "clips"), read_arrays(explanations, "explanations")
    classes, made = class_names(predictions), explained.parameters
    test = predictions[(predictions["split"] == "test") & (predictions["model"] == OWN_MODEL)]
    first = test[test["variant"] == variant]
    first = first[first["seed"] == first["seed"].iloc[0]].set_index("clip")
    positions = {name: position for position, name in enumerate(packed.parameters["clips"])}
    names = choose_clips(first, [*positions], most)
    groups = {key: group.set_index("clip") for key, group in test.groupby(["variant", "seed"], sort=False)}
    run = made["variant"], made["seed"]
    if run not in groups or made["classes"] != classes or not set(names) <= set(made["clips"]):
        raise UserError(
            f"{explanations} explains other clips or another run than this report's: delete it and run again."
        )
    rows = [made["clips"].index(name) for name in names]
    return {
        "classes": classes,
        "total": len(positions),
        "frames": packed["clip"].shape[1],
        "clips": [
            {
                "name": name,
                "subject": first.loc[name, "subject"],
                "fold": int(first.loc[name, "fold"]),
                "true": classes.index(first.loc[name, "true"]),
                "picture": draw_strip(packed["clip"][positions[name]], size),
            }
            for name in names
        ],
        "runs": [describe_run(*key, group, names, classes) for key, group in groups.items()],
        "curves": {"run": [*groups].index(run)}
        | {head: to_steps(explained[array][rows]) for head, array in CURVES.items()},
    }


def choose_clips(answers: pd.DataFrame, names: list[str], most: int) -> list[str]:
    """Return at most `most` of the tested clips in their order, right ones left out before wrong ones."""
    tested = [name for name in names if name in answers.index]
    right = answers["true"] == answers["predicted"]
    kept = set(sorted(tested, key=lambda name: bool(right[name]))[:most])
    return [name for name in tested if name in kept]


def draw_strip(frames: np.ndarray, size: int) -> str:
    """Return the inner squares of a clip (T, H, W) side by side as the data URI of a WebP picture."""
    out = io.BytesIO()
    Image.fromarray(np.hstack([*crop_centre(frames, size)])).save(out, "WEBP", quality=QUALITY, method=6)
    return encode_uri("image/webp", out.getvalue())


def describe_run(variant: str, seed: int, answers: pd.DataFrame, names: list[str], classes: list[str]) -> dict:
    """Return counts over all tested clips, and answers and scores of the named ones, for each head of a run."""
    run = {"variant": variant, "seed": int(seed), "counts": {}, "answers": {}, "scores": {}}
    chosen = answers.loc[names]
    for name, head in HEADS.items():
        run["counts"][name] = confusion_matrix(answers["true"], answers[head.answer], labels=classes).tolist()
        run["answers"][name] = [classes.index(answer) for answer in chosen[head.answer]]
        run["scores"][name] = to_steps(chosen[[head.scores + label for label in classes]])
    return run


def to_steps(scores: ArrayLike) -> list:
    """Return scores between 0 and 1 as nested lists of whole steps."""
    return np.rint(np.asarray(scores, float) * STEPS).astype(int).tolist()
