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
from videofer.report.page.clips import choose_clips, draw_strip, embed_clips


def embed(root, predictions, explanations="explanations.safetensors", **options):
    return embed_clips(root / "clips.safetensors", predictions, root / explanations, VARIANTS[2], 48, **options)


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = write_fake_results(tmp_path_factory.mktemp("fake"))
    predictions = evaluate_fake(root)["predictions"]
    write_explanations(root, VARIANTS[2])
    return root, predictions


def test_wrong_answers_come_before_right_ones_where_not_all_fit():
    table = pd.DataFrame({"true": list("aaaa"), "predicted": list("abab")}, index=["k", "l", "m", "n"])
    assert choose_clips(table, ["n", "m", "l", "k"], 3) == ["n", "m", "l"]
    assert choose_clips(table, ["k", "l", "m", "n"], 1) == ["l"]
    assert choose_clips(table, ["k", "x"], 9) == ["k"]


def test_a_strip_shows_the_inner_squares_in_order():
    frames = np.zeros((3, 64, 64), np.uint8)
    frames[:, 8:56, 8:56] = np.array([50, 120, 200])[:, None, None]
    frames[:, :8] = 255
    kind, data = draw_strip(frames, 48).split(",")
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
    run = next(run for run in data["runs"] if run["variant"] == VARIANTS[2])
    counts = pd.crosstab(test["true"], test["predicted"])
    assert run["counts"]["sequence"] == counts.loc[data["classes"], data["classes"]].to_numpy().tolist()
    for number, clip in enumerate(data["clips"]):
        row = test.loc[clip["name"]]
        assert data["classes"][run["answers"]["sequence"][number]] == row["predicted"]
        assert data["classes"][run["answers"]["capsule"][number]] == row["capsule_predicted"]
        assert run["scores"]["sequence"][number][3] == round(1000 * row["p_happy"])
        assert (clip["fold"], clip["subject"]) == (row["fold"], row["subject"])


def test_other_models_are_left_to_their_tables(fake):
    root, predictions = fake
    both = pd.concat([predictions, predictions.assign(model="other", variant="single")])
    assert embed(root, both) == embed(root, predictions)


def test_curves_end_at_the_answers_of_their_run(fake):
    root, predictions = fake
    data = embed(root, predictions, most=7)
    run = data["runs"][data["curves"]["run"]]
    assert run["variant"] == VARIANTS[2]
    assert [frames[-1] for frames in data["curves"]["sequence"]] == run["scores"]["sequence"]


def test_explanations_of_another_run_are_refused(fake, tmp_path):
    root, predictions = fake
    explained = read_arrays(root / "explanations.safetensors", "explanations")
    for change in ({"seed": 9}, {"classes": ["x"]}, {"clips": ["other"] * 36}):
        path = tmp_path / "other.safetensors"
        write_arrays(path, "explanations", dict(explained), explained.parameters | change)
        with pytest.raises(UserError, match="delete it and run again"):
            embed(root, predictions, path)
