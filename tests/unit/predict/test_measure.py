"""A model measured on a list: who was in its training, how certain the result is, and the page about it."""

import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest

from videofer.__main__ import main
from videofer.predict.measure import Answers, summarise

# Of four people: label and answer.
GIVEN = {
    "ann": [("sad", "sad"), ("sad", "happy"), ("happy", "happy")],
    "ben": [("sad", "sad"), ("happy", "happy"), ("fear", "sad")],
    "cem": [("happy", "fear"), ("fear", "fear"), ("sad", "sad")],
    "dea": [("happy", "happy"), ("sad", "angry"), ("fear", "happy")],
}
CLASSES = ["angry", "fear", "happy", "sad"]


def answered(people):
    """Return the answers to the films of so many people."""
    names = list(GIVEN)[:people]
    rows = [(f"{name}-{n}.mp4", name, *pair) for name in names for n, pair in enumerate(GIVEN[name])]
    films = pd.DataFrame(rows, columns=["path", "subject", "label", "answer"])
    films = films.assign(status="ok", likelihood=0.5)
    return Answers(films, pd.DataFrame(columns=["path", "reason"]), CLASSES, {}, [])


def test_f1_is_as_counted_by_hand_of_the_classes_of_the_list():
    summary = summarise(answered(4)).set_index("part")
    # fear: 1 right of 3, 2 answers; happy: 3 right of 4, 5 answers; sad: 3 right of 5, 4 answers.
    assert summary["f1"].drop(["all", "ok"]).to_dict() == pytest.approx(
        {"fear": 2 / 5, "happy": 6 / 9, "sad": 6 / 9}
    )
    assert summary.loc["all", "f1"] == pytest.approx((2 / 5 + 6 / 9 + 6 / 9) / 3)
    assert summary.loc["all", "mean_recall"] == pytest.approx((1 / 3 + 3 / 4 + 3 / 5) / 3)


def test_intervals_hold_the_result_reach_no_further_than_the_people_and_need_three():
    whole = summarise(answered(4)).iloc[0]
    each = [np.mean([label == answer for label, answer in pairs]) for pairs in GIVEN.values()]
    assert min(each) <= whole["share_low"] < whole["share"] < whole["share_high"] <= max(each)
    assert 0 <= whole["mean_recall_low"] < whole["mean_recall"] < whole["mean_recall_high"] <= 1
    assert whole.equals(summarise(answered(4)).iloc[0])  # the same again
    assert not np.isnan(summarise(answered(3))["share_low"].iloc[0])
    assert np.isnan(summarise(answered(2))["share_low"].iloc[0])


def test_whom_the_model_was_trained_on_is_named_and_no_bundle_names_them(bundle, film, tmp_path, capsys):
    recorded = json.loads((bundle / "bundle.json").read_text())["data"]["people"]
    assert recorded == sorted(hashlib.sha256(name).hexdigest()[:16] for name in (b"S0", b"S1", b"S2"))
    assert not any(b'"S1"' in path.read_bytes() for path in bundle.iterdir())
    said = {}
    for name, people in {"known": ["S1", "<b>zoe"], "strangers": ["yan", "<b>zoe"]}.items():
        listed, out = tmp_path / f"{name}.csv", tmp_path / name
        rows = [(film, person, label) for person in people for label in ("happy", "sad")]
        rows += [("absent.mp4", people[0], "sad")]
        pd.DataFrame(rows, columns=["path", "subject", "label"]).to_csv(listed, index=False)
        assert main(["evaluate", str(bundle), str(listed), "--out", str(out)]) == 0
        said[name] = capsys.readouterr().out, (out / "index.html").read_text(encoding="utf-8")
    warning = "The model was trained on S1: their answers, 2 of 4, say nothing"
    assert all(warning in text for text in said["known"])
    assert not any("was trained on" in text for text in said["strangers"])
    printed, page = said["known"]
    assert printed.splitlines()[0].rstrip() in " ".join(re.sub("<[^>]*>", "", page).split())
    films = pd.read_csv(tmp_path / "known/predictions.csv")
    wrong = int((films["label"] != films["answer"]).sum())
    rows = [row for row in page.split("<tr>") if film.name in row]
    assert ["✗" in row for row in rows] == [True] * wrong + [False] * (4 - wrong) and wrong >= 2
    assert "absent.mp4" in page and "<b>zoe" not in page
