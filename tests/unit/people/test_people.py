"""The recogniser of people, whole and small: drawn, trained, exported, asked through predict."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from videofer import Recognizer
from videofer.__main__ import main
from videofer.core.artifacts import read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.landmarks import MIRROR_ORDER
from videofer.core.study import CLASSES
from videofer.datasets.rendered.acting import Levers
from videofer.people.batches import draw_batch
from videofer.people.clips import read_batches
from videofer.people.draw import RESTING, TAKEN
from videofer.people.export import calibrate, export_members
from videofer.people.members import load_member, train_member
from videofer.people.network import PeopleNet, Recipe, align
from videofer.people.vary import move
from videofer.predict.measure import measure_list, summarise

LEVERS = vars(Levers())


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("acted")
    paths = [folder / f"{number}.safetensors" for number in range(2)]
    for number, path in enumerate(paths):
        draw_batch([2 * number, 2 * number + 1], 8, 5, LEVERS, "dlib", "code", path)
    return paths


@pytest.fixture(scope="module")
def member(batches, tmp_path_factory):
    path = tmp_path_factory.mktemp("members") / "0.safetensors"
    recipe = {"steps": 6, "batch": 8, "widths": [4, 4, 8], "size": 8}
    train_member(batches[:1], recipe, 0, "code", path)
    return path


@pytest.fixture(scope="module")
def bundle(member, batches, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "people"
    export_members([member], batches[1:], 0.3, "code", out.with_suffix(".csv"), out)
    return out


def test_clips_are_drawn_the_same_each_time_and_no_person_twice(batches, tmp_path):
    again = tmp_path / "again.safetensors"
    draw_batch([0, 1], 8, 5, LEVERS, "dlib", "code", again)
    assert again.read_bytes() == batches[0].read_bytes()
    clips = read_batches(batches)
    assert clips.frames.shape == (32, TAKEN + RESTING, 64, 64)
    assert clips.landmarks.shape == (32, TAKEN + RESTING, 68, 2)
    assert np.bincount(clips.labels).tolist() == [4] * 6 + [8]
    assert set(clips.people[:16]) & set(clips.people[16:]) == set()
    assert np.isfinite(clips.landmarks).all()
    # The face lies in the middle of its square.
    assert np.abs(clips.landmarks[..., 36:48, 0].mean(axis=(1, 2)) - 31.5).max() < 8


def test_training_is_repeatable_and_its_weights_are_the_network_that_answers(member, batches, tmp_path):
    again = tmp_path / "again.safetensors"
    train_member(batches[:1], read_arrays(member, "people-weights").parameters["recipe"], 0, "code", again)
    first, second = (read_arrays(path, "people-weights") for path in (member, again))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not load_member(member).training


def test_a_face_at_rest_counts_only_where_it_is_known():
    torch.manual_seed(0)
    network = PeopleNet(7, torch.rand(68, 2), Recipe(widths=(4, 4, 8), size=8)).eval()
    clips, points = torch.rand(2, 3, 48, 48), 48 * torch.rand(2, 3, 68, 2)
    rests = [(torch.rand(2, 2, 48, 48), 48 * torch.rand(2, 2, 68, 2)) for _ in range(2)]
    unknown = [network(clips, points, *rest, torch.zeros(2)) for rest in rests]
    known = [network(clips, points, *rest, torch.ones(2)) for rest in rests]
    assert torch.equal(*unknown) and not torch.allclose(*known)


def test_alignment_takes_out_place_size_and_turn():
    torch.manual_seed(1)
    face, mean = torch.rand(1, 1, 68, 2), torch.rand(68, 2)
    angle, size = torch.tensor(0.4), 7.0
    turn = size * torch.tensor([[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]])
    moved = face @ turn.T + torch.tensor([5.0, -3.0])
    assert torch.allclose(align(face, mean), align(moved, mean), atol=1e-5)


def test_pictures_and_landmarks_move_together():
    torch.manual_seed(2)
    clips, points = torch.zeros(16, 1, 64, 64), torch.full((16, 1, 68, 2), 31.5)
    points[..., 30, :] = torch.tensor([36.0, 28.0])
    clips[:, 0, 28, 36] = 1.0
    moved, places = move(clips, points, 8)
    for picture, place in zip(moved[:, 0], places[:, 0, 30], strict=True):
        row, column = divmod(int(picture.argmax()), 48)
        assert abs(column - place[0]) < 1.1 and abs(row - place[1]) < 1.1
    assert MIRROR_ORDER[30] == 30


def test_a_temperature_mends_overconfidence():
    rng = np.random.default_rng(0)
    sharp = rng.dirichlet(np.ones(4) * 0.2, size=3000).clip(1e-4)
    sharp /= sharp.sum(axis=1, keepdims=True)
    honest = sharp**0.5 / (sharp**0.5).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in honest])
    assert calibrate(sharp, labels) == pytest.approx(2.0, rel=0.1)


def test_the_bundle_answers_films_with_and_without_rest(bundle, film, tmp_path, capsys):
    record = json.loads((bundle / "bundle.json").read_text())
    assert record["classes"] == [*CLASSES, "neutral"] and record["confidence"] == 0.3
    measured = read_table(bundle.with_suffix(".csv"), "people-metric")
    assert measured["people"].tolist() == [2] * 4 and set(measured["rest_known"]) == {True, False}
    plain, rested = (Recognizer.load(bundle, rest=rest).predict(film) for rest in ("none", str(film)))
    scores = [name for name in plain if name.startswith("p_")]
    windows = [table[table["status"].isin(["ok", "uncertain"])] for table in (plain, rested)]
    assert np.allclose(windows[0][scores].sum(axis=1), 1)
    assert not np.allclose(windows[0][scores], windows[1][scores])
    note = rested.loc[rested["status"] == "note", "reason"].item()
    assert note.startswith(f"face at rest: {film}, from ")
    short = Recognizer.load(bundle, rest="auto").predict(film)
    assert (
        short.loc[short["status"] == "note", "reason"].item().startswith("face 1: no rest taken, it is seen for ")
    )
    assert main(["predict", str(film), "--bundle", str(bundle), "--out", str(tmp_path)]) == 0
    assert f"the model is {bundle}" in capsys.readouterr().err


def test_a_bundle_without_rest_says_so(bundle, film, member):
    with pytest.raises(UserError, match="shows no face"):
        picture = film.with_name("grey.png")
        Image.new("L", (200, 200), 90).save(picture)
        Recognizer.load(bundle, rest=str(picture)).predict(film)


def test_evaluate_counts_films_people_and_classes(bundle, film, tmp_path, capsys):
    listed = tmp_path / "list.csv"
    rows = [(str(film), "one", "Happy"), (str(film), "one", "joy"), (str(film), "two", "contempt")]
    rows += [(str(film), "one", "smile"), ("absent.mp4", "two", "sad")]
    table = pd.DataFrame(rows, columns=["path", "subject", "label"])
    table["start"] = ["", "", "", "12", ""]
    table.to_csv(listed, index=False, sep=";")  # as spreadsheets in much of Europe write it
    words = ["--words", "joy=happy", "--words", "smile=happy"]
    assert main(["evaluate", str(bundle), str(listed), *words, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "1 rows are left out" in said and "contempt (1)" in said and "rejected: absent.mp4" in said
    assert "its start asks for a part" in said and "was trained on" not in said  # drawn people alone
    summary = pd.read_csv(tmp_path / "out/summary.csv").set_index("part")
    assert summary.loc["all", ["films", "people"]].tolist() == [2, 1]
    for wrong, said in (
        (["--words", "joy"], "--words joy names no class"),
        (["--out", str(listed)], "cannot be made"),
    ):
        assert main(["evaluate", str(bundle), str(listed), *wrong]) == 1
        assert said in capsys.readouterr().err
    recognizer = Recognizer.load(bundle)
    among = measure_list(recognizer, listed, ["happy"], {}, rest=False)
    assert summarise(among)["share"].iloc[0] == 1  # there is no other answer
    with pytest.raises(UserError, match="bored is no class of this model"):
        measure_list(recognizer, listed, ["bored"], {}, rest=False)
    with pytest.raises(UserError, match="needs path, subject, label"):
        (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
        measure_list(recognizer, tmp_path / "bad.csv", None, {}, rest=False)
