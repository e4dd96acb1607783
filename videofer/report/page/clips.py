"""The answers clip by clip, with small pictures and curves: what the page's confusion tables open."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from PIL import Image
from sklearn.metrics import confusion_matrix

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import Arrays, read_arrays
from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.evaluation.statistics.answers import class_names
from videofer.report.page.embed import encode_uri

MOST_CLIPS = 400  # whose pictures and scores go into the page
HARDEST = 4  # clips of a model that are shown before one is asked for
QUALITY = 60  # of the WebP pictures, 0..100: about 4 kB a clip
STEPS = 1000  # scores are kept as whole thousandths: half the bytes of decimals
CURVES = {"sequence": "probability", "capsule": "norms"}  # arrays of the explanations


def embed_clips(
    clips: str | Path,
    predictions: pd.DataFrame,
    explanations: str | Path,
    models: list[tuple[str, str]],
    size: int,
    most: int = MOST_CLIPS,
) -> tuple[dict, list[str]]:
    """Return the page's data on clips, ready for JSON, and their pictures.

    models: model and variant, in the order of the page. classes: their names; total: of clips; frames: of a clip;
    clips: name, subject, fold that tested it and true (an index into classes) of at most `most` clips, those that
    most models got wrong first; models: of each `describe_answers`; curves: the position in models of the explained
    one, its seed, and the scores a frame of each head (n, T, J). A picture has all frames side by side, the inner
    `size` pixels that the models see. Raises UserError if the explanations are of other clips.
    """
    packed, explained = read_arrays(clips, "clips"), read_arrays(explanations, "explanations")
    classes, made = class_names(predictions), explained.parameters
    test = predictions[predictions["split"] == "test"]
    names = choose_clips(test, packed.parameters["clips"], most)
    run, known = (made["model"], made["variant"]), test.drop_duplicates("clip").set_index("clip")
    of_run = test[(test["model"] == run[0]) & (test["variant"] == run[1]) & (test["seed"] == made["seed"])]
    if run not in models or of_run.empty or made["classes"] != classes or not set(names) <= set(made["clips"]):
        raise UserError(
            f"{explanations} explains other clips or another run than this report's: delete it and run again."
        )
    rows = [made["clips"].index(name) for name in names]
    answers = dict(tuple(test.groupby(["model", "variant"])))
    data = {
        "classes": classes,
        "total": len(packed.parameters["clips"]),
        "frames": packed["clip"].shape[1],
        "clips": [
            {
                "name": name,
                "subject": known.loc[name, "subject"],
                "fold": int(known.loc[name, "fold"]),
                "true": classes.index(known.loc[name, "true"]),
            }
            for name in names
        ],
        "models": [describe_answers(answers[model], names, classes) for model in models],
        "curves": {"model": models.index(run), "seed": made["seed"]}
        | {head: to_steps(explained[array][rows]) for head, array in CURVES.items()},
    }
    return data, draw_strips(packed, names, size)


def choose_clips(test: pd.DataFrame, names: list[str], most: int) -> list[str]:
    """Return at most `most` of the tested clips in their order, those left out that most answers got right."""
    right = (test["true"] == test["predicted"]).groupby(test["clip"]).mean()
    tested = [name for name in names if name in right.index]
    kept = set(sorted(tested, key=lambda name: right[name])[:most])
    return [name for name in tested if name in kept]


def draw_strips(packed: Arrays, names: list[str], size: int) -> list[str]:
    """Return the inner squares of each named clip (T, H, W) side by side as the data URI of a WebP picture."""
    position = {name: number for number, name in enumerate(packed.parameters["clips"])}
    strips = []
    for name in names:
        out = io.BytesIO()
        frames = crop_centre(packed["clip"][position[name]], size)
        Image.fromarray(np.hstack([*frames])).save(out, "WEBP", quality=QUALITY, method=6)
        strips.append(encode_uri("image/webp", out.getvalue()))
    return strips


def describe_answers(answers: pd.DataFrame, names: list[str], classes: list[str]) -> dict:
    """Return of one model, by head: counts over all tested clips and seeds; answers and scores of the named ones.

    answers: an index into classes for each seed and clip; scores: of each clip, the mean over the seeds; hardest:
    the positions of the clips whose true class got the least score, wrong ones first.
    """
    model = {"seeds": answers["seed"].nunique(), "counts": {}, "answers": {}, "scores": {}}
    for name, head in HEADS.items():
        of_head = answers.dropna(subset=head.answer)
        if of_head.empty:
            continue
        shown = of_head.set_index("clip")
        model["counts"][name] = confusion_matrix(of_head["true"], of_head[head.answer], labels=classes).tolist()
        model["answers"][name] = [
            [classes.index(answer) for answer in seed.loc[names, head.answer]] for _, seed in shown.groupby("seed")
        ]
        means = shown.groupby(level=0)[[head.scores + label for label in classes]].mean().loc[names]
        model["scores"][name] = to_steps(means)
    first = answers.set_index("clip")
    right = (first["true"] == first["predicted"]).groupby(level=0).mean()[names]
    truth = answers.drop_duplicates("clip").set_index("clip").loc[names, "true"]
    scores = [model["scores"]["sequence"][n][classes.index(label)] for n, label in enumerate(truth)]
    order = sorted(range(len(names)), key=lambda n: (right.iloc[n] == 1, scores[n]))
    return model | {"hardest": order[:HARDEST]}


def to_steps(scores: ArrayLike) -> list:
    """Return scores between 0 and 1 as nested lists of whole steps."""
    return np.rint(np.asarray(scores, float) * STEPS).astype(int).tolist()
