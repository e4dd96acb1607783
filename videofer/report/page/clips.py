"""The answers clip by clip, with small pictures and curves: what the page's confusion table opens."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
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
    clips_path: str | Path,
    predictions: pd.DataFrame,
    explanations_path: str | Path | None,
    variant: str,
    size: int,
    most: int = MOST_CLIPS,
) -> dict:
    """Return the page's data on clips, ready for JSON.

    classes: their names; total: of clips; frames: of a clip; clips: name, subject, fold that tested it, true (an
    index into classes) and picture (all frames side by side, the inner `size` pixels that the model sees) of at
    most `most` clips, those that `variant` got wrong first; runs: confusion counts of every variant and seed of the
    paper's model over all clips, and answers and scores of these; curves: the explained run and its scores a frame,
    (n, T, J), None without explanations. Raises UserError if the explanations are of other clips.
    """
    clips, classes = read_arrays(clips_path, "clips"), class_names(predictions)
    test = predictions[(predictions["split"] == "test") & (predictions["model"] == OWN_MODEL)]
    first = test[test["variant"] == variant]
    first = first[first["seed"] == first["seed"].iloc[0]].set_index("clip")
    positions = {name: position for position, name in enumerate(clips.parameters["clips"])}
    names = choose_clips(first, [*positions], most)
    runs = [
        describe_run(*key, group.set_index("clip"), names, classes)
        for key, group in test.groupby(["variant", "seed"], sort=False)
    ]
    return {
        "classes": classes,
        "total": len(positions),
        "frames": clips["clip"].shape[1],
        "clips": [
            {
                "name": name,
                "subject": first.loc[name, "subject"],
                "fold": int(first.loc[name, "fold"]),
                "true": classes.index(first.loc[name, "true"]),
                "picture": draw_strip(clips["clip"][positions[name]], size),
            }
            for name in names
        ],
        "runs": runs,
        "curves": explanations_path and read_curves(explanations_path, names, classes, runs),
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
    """Return counts over all tested clips, and answers and scores of the named ones, for each head of a run.

    A head that gave no answers is left out: a model without capsules has no vote of theirs.
    """
    run = {"variant": variant, "seed": int(seed), "counts": {}, "answers": {}, "scores": {}}
    chosen = answers.loc[names]
    for name, head in HEADS.items():
        if answers[head.answer].notna().all():
            run["counts"][name] = confusion_matrix(answers["true"], answers[head.answer], labels=classes).tolist()
            run["answers"][name] = [classes.index(answer) for answer in chosen[head.answer]]
            run["scores"][name] = to_steps(chosen[[head.scores + label for label in classes]])
    return run


def read_curves(path: str | Path, names: list[str], classes: list[str], runs: list[dict]) -> dict:
    """Return each head's scores a frame for the named clips, and the position in `runs` of the explained run."""
    explained = read_arrays(path, "explanations")
    made = explained.parameters
    explains = [n for n, run in enumerate(runs) if (run["variant"], run["seed"]) == (made["variant"], made["seed"])]
    if not explains or made["classes"] != classes or not set(names) <= set(made["clips"]):
        raise UserError(f"{path} explains other clips or another run than this report's: delete it and run again.")
    positions = [made["clips"].index(name) for name in names]
    return {"run": explains[0]} | {head: to_steps(explained[name][positions]) for head, name in CURVES.items()}


def to_steps(scores) -> list:
    """Return scores between 0 and 1 as nested lists of whole steps."""
    return np.rint(np.asarray(scores, float) * STEPS).astype(int).tolist()
