"""The landmark network: its geometry, its training, and its file, which gives what torch gives."""

import numpy as np
import pytest
import torch

from videofer.core.errors import UserError
from videofer.faces.landmark_model import LandmarkNetwork, cut_patch, load_landmark_model
from videofer.faces.model_files import DLIB, OWN
from videofer.faces.search import load_detector
from videofer.landmarks import draw
from videofer.landmarks.export import measure, train_model
from videofer.landmarks.faces import PATCH, Faces
from videofer.landmarks.network import FINE, SPOT, Maps, apply, sample, set_upright, undo
from videofer.landmarks.train import mirror_some, train

SEED = 77  # other people than those of the shipped model


@pytest.fixture(scope="module")
def faces():
    """The faces of four people."""
    detector = load_detector("hog", 0, None)
    drawn = [draw.draw_faces(person, SEED, detector) for person in range(4)]
    names = Faces.__dataclass_fields__
    return Faces(*(np.concatenate([getattr(each, name) for each in drawn]) for name in names))


def test_a_face_that_was_moved_is_set_upright_again():
    torch.manual_seed(0)
    face = torch.randn(68, 2)
    angle, size, place = torch.tensor([0.4, -1.0]), torch.tensor([1.3, 0.2]), torch.tensor([[3.0, -1], [0, 2]])
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()], 1), torch.stack([angle.sin(), angle.cos()], 1)], 1)
    moved = size[:, None, None] * face @ turn.transpose(1, 2) + place[:, None]
    transform = set_upright(moved, face)
    assert torch.allclose(apply(transform, face.expand(2, -1, -1)), moved, atol=1e-5)
    assert torch.allclose(undo(transform, moved), face.expand(2, -1, -1), atol=1e-5)


def test_a_sampled_picture_shows_what_lies_there():
    """The middle of pixel p of S lies at (2 p + 1) / S - 1."""
    picture = torch.arange(36.0).reshape(1, 1, 6, 6)
    still = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    assert torch.allclose(sample(picture, still, 6), picture, atol=1e-4)
    half = torch.tensor([[[0.5, 0, -0.5], [0, 0.5, -0.5]]])  # its upper left quarter
    assert torch.allclose(sample(picture, half, 3), picture[..., :3, :3], atol=1e-4)


def test_a_landmark_is_the_mean_place_of_its_map_which_is_best_as_a_spot_there():
    maps = Maps().eval()
    places, logarithms = maps(torch.rand(2, 1, FINE, FINE))
    chance = logarithms.exp()
    assert torch.allclose(chance.sum((2, 3)), torch.ones(2, 68), atol=1e-5)
    across = (chance * maps.line).sum((2, 3))
    down = (chance * maps.line[:, None]).sum((2, 3))
    assert torch.allclose(places, torch.stack([across, down], -1), atol=1e-5)
    wanted = torch.tensor([0.2, -0.4])
    away = (maps.line - wanted[0]) ** 2 + (maps.line[:, None] - wanted[1]) ** 2
    step = maps.line[1] - maps.line[0]
    spot, wider = (
        (-away / (2 * (width * step) ** 2)).flatten().log_softmax(0).reshape(1, 1, 24, 24).expand(1, 68, -1, -1)
        for width in (SPOT, 2 * SPOT)
    )
    points = wanted.expand(1, 68, 2)
    best = maps.compare_spots(spot, points)
    assert best < maps.compare_spots(wider, points)
    assert best < maps.compare_spots(spot, points + 0.1)


def test_a_mirrored_face_has_mirrored_landmarks(faces):
    """The picture where a landmark lies is the same before and after."""
    torch.manual_seed(1)
    pictures = torch.from_numpy(faces.patches[:8, None]).float()
    points = torch.from_numpy(faces.landmarks[:8]) * 2 / PATCH - 1
    moved, turned = mirror_some(pictures, points)
    changed = (moved != pictures).flatten(1).any(1)
    assert 0 < changed.sum() < 8
    before = torch.nn.functional.grid_sample(pictures, points[:, :, None], align_corners=False)[..., 0]
    after = torch.nn.functional.grid_sample(moved, turned[:, :, None], align_corners=False)[..., 0]
    assert torch.allclose(before.sum(2), after.sum(2), rtol=1e-3)


def test_training_twice_gives_the_same_file_which_answers_as_torch_does(faces, tmp_path, monkeypatch):
    monkeypatch.setattr(draw, "draw_faces", lambda person, seed, detector: faces)
    batch = tmp_path / "0.safetensors"
    draw.draw_batch([0], SEED, "c", batch)
    for name in ("a", "b"):
        out = tmp_path / f"{name}.onnx"
        train_model([batch], [batch], steps=5, seed=3, code="c", measured=tmp_path / f"{name}.csv", out=out)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    network = train(faces, 5, 3).module.requires_grad_(False)
    expected = network(torch.from_numpy(faces.patches[:1, None]).float() / 255)[0].numpy()
    side = PATCH / 4
    found = LandmarkNetwork(tmp_path / "a.onnx").find(faces.patches[0], np.array([side, side, 3 * side, 3 * side]))
    assert np.abs(found - ((expected + 1) * PATCH / 2 - 0.5)).max() < 0.01


def test_the_shipped_model_finds_landmarks_of_people_whom_it_has_not_seen(faces):
    """Better than dlib's, which learnt from people: the truth is that of rendered faces."""
    side = PATCH / 4
    box = np.array([side, side, 3 * side, 3 * side])
    errors = {}
    for name in (OWN, DLIB):
        found = np.stack([load_landmark_model(name).find(patch, box) for patch in faces.patches]) + 0.5
        errors[name] = measure(found, faces).set_index("what")["mean"]
    assert errors[OWN]["all"] < 5 and errors[OWN]["all"] < errors[DLIB]["all"]


def test_a_patch_beyond_the_frame_repeats_its_edge():
    frame = np.full((40, 60), 7, np.uint8)
    patch, corner, scale = cut_patch(frame, np.array([-10.0, -10, 10, 10]), 16)
    assert (patch == 7).all() and corner.tolist() == [-20, -20] and scale == 16 / 40


def test_a_file_that_is_no_landmark_model_is_refused(tmp_path):
    for name, content in (("bad.dat", b"no model"), ("bad.onnx", b"no model")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=r"is not a dlib shape predictor|cannot be run by onnxruntime"):
            load_landmark_model(str(tmp_path / name))
    with pytest.raises(UserError, match="does not exist: give videofer, dlib, or"):
        load_landmark_model(str(tmp_path / "none.dat"))
