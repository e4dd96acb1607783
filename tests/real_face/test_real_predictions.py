"""Predicting on real faces: they are found, followed and numbered; what the model predicts is not judged here."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from sample_videos import WHOLE, write_video
from small_study import finish, write_data

from videofer import Recognizer
from videofer.core.artifacts import read_arrays
from videofer.faces.detect import detect_faces
from videofer.predict.export import export_bundle
from videofer.video.decode import decode_video, read_frames


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory):
    study = finish(write_data(tmp_path_factory.mktemp("study")), "csacnn", "cbam-stand-in")
    out = tmp_path_factory.mktemp("bundles") / "small"
    export_bundle(study, "csacnn", None, None, out)
    return Recognizer.load(out, confidence=0)


def test_the_face_square_is_that_of_the_pipeline(videos, recognizer, tmp_path):
    frames, faces = tmp_path / "frames.safetensors", tmp_path / "faces.safetensors"
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    decode_video(videos / "single_face.mp4", frames, **WHOLE, **config["video"], code="")
    detect_faces(frames, faces, **config["faces"], track="landmarks", face_x=None, rotation=None, code="")
    track = read_arrays(faces, "faces")["track"]
    windows = recognizer.predict(videos / "single_face.mp4")
    assert set(windows["face"]) == {1} and set(windows["status"]) == {"ok"} and (windows["seen"] > 0.9).all()
    np.testing.assert_allclose(windows["face_size"], track[0, 2], rtol=0.02)
    frames = recognizer.recognise(videos / "single_face.mp4").tabulate_frames()
    centres = (frames[["left", "top"]].to_numpy() + frames[["right", "bottom"]].to_numpy()) / 2
    assert np.abs(centres - track[:, :2]).max() < 0.03 * track[0, 2]


def test_a_face_that_goes_away_leaves_a_row_without_a_face(videos, recognizer):
    windows = recognizer.predict(videos / "face_noface.mov")
    assert windows["status"].tolist() == ["ok"] * (len(windows) - 1) + ["no face"]
    assert windows["start_second"].iloc[-1] == pytest.approx(2.4, abs=0.2)
    alone = recognizer.predict(videos / "no_face.mp4")
    assert alone["status"].tolist() == ["no face"] and alone["start_frame"].tolist() == [0]


def test_a_real_person_is_known_again_elsewhere_in_the_picture(videos, recognizer, tmp_path):
    person = read_frames(videos / "single_face.mp4")[0][:36]
    moved = np.full_like(person, 90)
    moved[:, :, 150:] = person[:, :, :-150]
    grey = np.full((20, *person.shape[1:]), 90, np.uint8)
    pictures = np.concatenate([person, grey, moved])
    table = recognizer.predict(write_video(tmp_path / "again.mp4", pictures, np.arange(len(pictures)) / 25))
    assert table["face"].dropna().unique().tolist() == [1]
    assert table["status"].eq("no face").sum() == 1


def middles(frames):
    """Return the x of each face's middle in the frames that it is seen in, by its number."""
    return ((frames["left"] + frames["right"]) / 2).groupby(frames["face"])


def test_the_people_of_a_photograph_have_a_number_each(videos, recognizer, tmp_path):
    """A camera that moves along a group of five; the fifth wears sunglasses, with which dlib finds no face."""
    photograph = np.asarray(Image.open(videos / "multi_face.jpg").convert("L"))
    pictures = np.stack([photograph[:600, 2 * n : 2 * n + 900] for n in range(24)])
    film = write_video(tmp_path / "group.mp4", pictures, np.arange(24) / 25)
    large = replace(recognizer, options=replace(recognizer.options, max_height=600))
    frames = large.recognise(film).tabulate_frames()
    assert frames.groupby("frame")["face"].apply(sorted).tolist() == [[1, 2, 3, 4]] * 24
    moved = middles(frames).agg(lambda x: x.iloc[0] - x.iloc[-1])
    np.testing.assert_allclose(moved, 46, atol=12)


def test_two_people_who_change_places_at_a_cut_keep_their_numbers(videos, recognizer, tmp_path):
    man = read_frames(videos / "single_face.mp4")[0][:24]
    woman = read_frames(videos / "WolfgangLanger_Pexels.mp4")[0][200:224]
    pictures = np.concatenate([np.concatenate(pair, axis=2) for pair in ((man, woman), (woman, man))])
    film = write_video(tmp_path / "places.mp4", pictures, np.arange(48) / 25)
    frames = recognizer.recognise(film).tabulate_frames()
    assert sorted(frames["face"].unique()) == [1, 2]
    places = [middles(part).median() > 640 for _, part in frames.groupby(frames["frame"] >= 24)]
    assert places[0].to_dict() == {face: not right for face, right in places[1].items()}
    assert sorted(places[0]) == [False, True]
