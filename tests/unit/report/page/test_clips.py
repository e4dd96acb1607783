"""Clips on the page: which, how they look, and what belongs to them."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from fake_page import write_explanations
from fake_runs import VARIANTS, evaluate_fake, write_fake_results
from PIL import Image

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.core.errors import UserError
from videofer.report.page.clips import choose_clips, draw_strips, embed_clips

RUNS = [("capsule-lstm", variant) for variant in reversed(VARIANTS)]


def embed(root, predictions, explanations="explanations.safetensors", **options):
    return embed_clips(root / "clips.safetensors", predictions, root / explanations, RUNS, 48, **options)[0]


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = write_fake_results(tmp_path_factory.mktemp("fake"))
    predictions = evaluate_fake(root)["predictions"]
    write_explanations(root, VARIANTS[2])
    return root, predictions


def test_what_most_answers_got_wrong_comes_first_where_not_all_fit():
    table = pd.DataFrame({"clip": list("klmn"), "true": list("aaaa"), "predicted": list("abab")})
    assert choose_clips(table, ["n", "m", "l", "k"], 3) == ["n", "m", "l"]
    assert choose_clips(table, ["k", "l", "m", "n"], 1) == ["l"]
    assert choose_clips(table, ["k", "x"], 9) == ["k"]


def test_a_strip_shows_the_inner_squares_in_order(tmp_path):
    frames = np.zeros((1, 3, 64, 64), np.uint8)
    frames[0, :, 8:56, 8:56] = np.array([50, 120, 200])[:, None, None]
    frames[0, :, :8] = 255
    write_arrays(tmp_path / "c.safetensors", "clips", {"clip": frames}, {"clips": ["a"]})
    (strip,) = draw_strips(read_arrays(tmp_path / "c.safetensors", "clips"), ["a"], 48)
    kind, data = strip.split(",")
    assert kind == "data:image/webp;base64"
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"), int)
    assert picture.shape == (48, 144)
    for n, grey in enumerate((50, 120, 200)):
        assert abs(picture[:, 48 * n + 4 : 48 * n + 44] - grey).max() <= 6


def test_scores_and_answers_are_of_the_shown_clips_counts_of_all(fake):
    root, predictions = fake
    data = embed(root, predictions, most=5)
    assert len(data["clips"]) == 5 and data["total"] == 36
    test = predictions[(predictions.split == "test") & (predictions.variant == VARIANTS[2])].set_index("clip")
    model = data["models"][RUNS.index(("capsule-lstm", VARIANTS[2]))]
    counts = pd.crosstab(test["true"], test["predicted"])
    assert model["counts"]["sequence"] == counts.loc[data["classes"], data["classes"]].to_numpy().tolist()
    for number, clip in enumerate(data["clips"]):
        row = test.loc[clip["name"]]
        assert data["classes"][model["answers"]["sequence"][0][number]] == row["predicted"]
        assert data["classes"][model["answers"]["capsule"][0][number]] == row["capsule_predicted"]
        assert model["scores"]["sequence"][number][3] == round(1000 * row["p_happy"])
        assert (clip["fold"], clip["subject"]) == (row["fold"], row["subject"])


def test_the_hardest_clips_are_those_whose_true_class_got_least(fake):
    root, predictions = fake
    data = embed(root, predictions)
    for (_, variant), model in zip(RUNS, data["models"], strict=True):
        test = predictions[(predictions.split == "test") & (predictions.variant == variant)].set_index("clip")
        wrong = [row for _, row in test.iterrows() if row["true"] != row["predicted"]]
        lowest = sorted(round(row[f"p_{row['true']}"], 3) for row in wrong)[:4]
        hardest = [test.loc[data["clips"][n]["name"]] for n in model["hardest"]]
        assert [round(row[f"p_{row['true']}"], 3) for row in hardest] == lowest
        assert all(row["true"] != row["predicted"] for row in hardest)


def test_a_model_without_a_capsule_vote_has_one_head(fake):
    root, predictions = fake
    none = predictions.variant == VARIANTS[0]
    changed = predictions.assign(capsule_predicted=predictions.capsule_predicted.mask(none))
    model = embed(root, changed)["models"][RUNS.index(("capsule-lstm", VARIANTS[0]))]
    assert all(set(model[key]) == {"sequence"} for key in ("counts", "answers", "scores"))


def test_curves_end_at_the_answers_of_their_run(fake):
    root, predictions = fake
    data = embed(root, predictions, most=7)
    assert RUNS[data["curves"]["model"]] == ("capsule-lstm", VARIANTS[2])
    scores = data["models"][data["curves"]["model"]]["scores"]["sequence"]
    assert [frames[-1] for frames in data["curves"]["sequence"]] == scores


def test_explanations_of_another_run_are_refused(fake, tmp_path):
    root, predictions = fake
    explained = read_arrays(root / "explanations.safetensors", "explanations")
    for change in ({"seed": 9}, {"classes": ["x"]}, {"clips": ["other"] * 36}):
        path = tmp_path / "other.safetensors"
        write_arrays(path, "explanations", dict(explained), explained.parameters | change)
        with pytest.raises(UserError, match="delete it and run again"):
            embed(root, predictions, path)
