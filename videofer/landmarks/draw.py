"""Rendered faces with their true landmarks: heads turned far, mouths and lids in every position, any light."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.core.artifacts import write_arrays
from videofer.core.study import NEUTRAL
from videofer.datasets.rendered.acted_clip import film_acted
from videofer.datasets.rendered.acted_scene import ActedScene
from videofer.datasets.rendered.acting import WAYS, act, draw_rest
from videofer.datasets.rendered.animation import Performance
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity
from videofer.datasets.rendered.scanned import load_scanned
from videofer.faces.landmark_model import cut_patch
from videofer.faces.search import Detector, load_detector
from videofer.landmarks.faces import PATCH, Faces
from videofer.landmarks.points import locate_points

SIZE, FPS = 208, 25  # pixels of a drawn picture
SCENES, EACH = 4, 3  # of a person, and faces of a scene
DESIGNED = 0.25  # share of people with a designed head, as the demo has them; the others have a scanned one
TURNED, MOST = (22.0, 13.0, 12.0), (45.0, 30.0, 30.0)  # degrees of yaw, pitch, roll: standard deviation and largest
WIDE = {"jawOpen": 0.25, "mouthPucker": 0.12, "mouthFunnel": 0.12, "mouthSmileLeft": 0.1, "mouthSmileRight": 0.1}
SHUT = 0.2  # share of faces whose lids are anywhere between open and shut
# A box of dlib's HOG finder, seen from the landmarks: its side over their extent, and where its middle lies.
BOX_SIDE, BOX_DOWN = 1.08, -0.09
OVERLAP = 0.4


def draw_faces(person: int, seed: int, detector: Detector) -> Faces:
    """Draw the faces of a person; the same numbers, the same bytes."""
    rng = np.random.default_rng([seed, person])
    designed = bool(rng.random() < DESIGNED)
    basis = load_basis() if designed else load_scanned()
    identity = create_identity(basis, rng)[0]
    head, rest = Head(basis, identity), draw_rest(basis.units, rng)
    skin = float(identity["skin"] @ [0.2126, 0.7152, 0.0722])
    rows = []
    for _ in range(SCENES):
        performance = draw_moments(basis.units, rest, rng)
        scene = ActedScene(SIZE, SIZE, rng)
        scene.scale *= 0.9
        positions = head.rest + np.tensordot(performance.activations, head.units, axes=1)
        landmarks = locate_points(head, basis, positions, performance.pose, scene)
        pictures = film_acted(head, performance, scene, basis.units, rng)
        for (picture, _), points, pose in zip(pictures, landmarks, performance.pose, strict=True):
            grey = np.asarray(Image.fromarray(picture).convert("L"))
            box, found = find_box(grey, points, detector)
            patch, corner, scale = cut_patch(grey, box, PATCH)
            moved = ((points - corner) * scale).astype(np.float32)
            rows.append((patch, moved, box[2] - box[0], found, np.degrees(pose[:3]), skin, designed, person))
    return Faces(*(np.stack(column) for column in zip(*rows, strict=True)))


def draw_moments(units: list[str], rest: np.ndarray, rng: np.random.Generator) -> Performance:
    """Draw EACH moments of an acted clip, the head turned anew in each, with mouths and lids in more positions."""
    label = str(rng.choice(sorted(WAYS))) if rng.random() < 0.8 else NEUTRAL
    acted = act(label, units, rest, FPS, rng).performance
    moments = np.sort(rng.choice(len(acted.envelope), EACH, replace=False))
    activations = acted.activations[moments].copy()
    for unit, spread in WIDE.items():
        activations[:, units.index(unit)] += np.abs(rng.normal(size=EACH)) * spread * (rng.random(EACH) < 0.5)
    shut = np.where(rng.random(EACH) < SHUT, rng.uniform(0, 1, EACH), 0)
    for side in ("Left", "Right"):
        column = activations[:, units.index(f"eyeBlink{side}")]
        np.maximum(column, shut, out=column)
    activations[activations.any(axis=1) == 0, 0] = 1e-6
    turned = np.clip(rng.normal(size=(EACH, 3)) * TURNED, np.negative(MOST), MOST)
    pose = np.concatenate([np.radians(turned), acted.pose[moments, 3:]], axis=1)
    return Performance(activations, acted.envelope[moments], int(np.argmax(acted.envelope[moments])), pose)


def find_box(grey: np.ndarray, landmarks: np.ndarray, detector: Detector) -> tuple[np.ndarray, bool]:
    """Return the finder's box (4,) of a face with these landmarks, or one like it, and whether it is real."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = BOX_SIDE * (high - low).max()
    middle = (low + high) / 2 + [0, BOX_DOWN * side]
    expected = np.concatenate([middle - side / 2, middle + side / 2])
    for box, _ in detector(grey):
        shared = np.minimum(box[2:], expected[2:]) - np.maximum(box[:2], expected[:2])
        both = max(0, shared[0]) * max(0, shared[1])
        if both > OVERLAP * ((box[2] - box[0]) ** 2 + side**2 - both):
            return box, True
    return expected, False


def draw_batch(people: Sequence[int], seed: int, code: str, out: Path) -> None:
    """Draw the faces of people and write them as an artifact "marked-faces"."""
    detector = load_detector("hog", 0, None)
    parts = [draw_faces(person, seed, detector) for person in people]
    arrays = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Faces)}
    write_arrays(out, "marked-faces", arrays, {"seed": seed, "code": code})
