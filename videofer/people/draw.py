"""Training clips of acting people, drawn straight into the face clips that a network reads.

Only the frames that training takes are drawn, and no video is written: the rest is the chain that real videos go
through, dlib's landmarks on the drawn frame and the same square of the face around them.
"""

from dataclasses import replace

import numpy as np
from PIL import Image

from videofer.clips.peak import crop_clip, map_landmarks
from videofer.core.study import FRAME_SIZE, NEUTRAL
from videofer.datasets.rendered.acted_clip import film_acted
from videofer.datasets.rendered.acted_scene import ActedScene
from videofer.datasets.rendered.acting import ALL, Levers, act, draw_rest
from videofer.datasets.rendered.animation import Performance
from videofer.datasets.rendered.basis import Material, load_basis
from videofer.datasets.rendered.clip import Scene
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity
from videofer.datasets.rendered.scanned import load_scanned
from videofer.datasets.rendered.shading import BRIGHT_GLOW, BRIGHT_TEETH, PLAIN, TEETH_GLOW
from videofer.faces.detect import find_landmarks, steady_track
from videofer.faces.landmark_model import LandmarkModel
from videofer.people.clips import FPS, MARGIN, PEOPLE_CLASSES, RESTING, SHOWN, SIZE, TAKEN, WINDOW, Clips

# A box as dlib's HOG finder gives it: its side, and how far its middle lies below the eyes, decimetres of the face.
BOX_SIDE, BOX_BELOW, BOX_JITTER = 1.52, 0.32, 0.04


def draw_person(person: int, count: int, seed: int, model: LandmarkModel, levers: Levers = ALL) -> Clips:
    """Draw `count` clips of a person, the classes in turn; the same numbers, the same bytes."""
    rng = np.random.default_rng([seed, person])
    basis = load_scanned() if levers.scanned else load_basis()
    head, own_rest = Head(basis, create_identity(basis, rng)[0]), draw_rest(basis.units, rng, levers)
    drawn = []
    for number in range(count):
        label = SHOWN[(person + number) % len(SHOWN)]
        clip = draw_clip(head, basis.units, label, own_rest, rng, model, levers)
        drawn.append((*clip, PEOPLE_CLASSES.index(label), person))
    return Clips(*(np.stack(column) for column in zip(*drawn, strict=True)))


def draw_clip(
    head: Head, units: list[str], label: str, own_rest: np.ndarray, rng: np.random.Generator,
    model: LandmarkModel, levers: Levers,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    """Draw one clip: frames and landmarks of `Clips`, without their first axis."""
    # People are not quite the same at rest from one film to the next.
    rest = own_rest + 0.2 * draw_rest(units, rng, levers)
    acted = act(label, units, rest, FPS, rng, levers)
    silent = replace(levers, speech=levers.speech and rng.random() < 0.5)
    quiet = act(NEUTRAL, units, rest, FPS, rng, silent)
    first = rng.integers(acted.start, max(acted.start + 1, acted.stop - WINDOW + 1))
    whole = first + np.arange(TAKEN) * (WINDOW // TAKEN)
    calm = np.sort(rng.choice(len(quiet.performance.envelope), RESTING, replace=False))
    a, q = acted.performance, quiet.performance
    both = Performance(
        activations=np.concatenate([a.activations[whole], q.activations[calm]]),
        envelope=np.concatenate([a.envelope[whole], 0 * q.envelope[calm]]),
        apex=int(np.argmax(a.envelope[whole])),
        pose=np.concatenate([a.pose[whole], q.pose[calm]]),
    )
    scene = (ActedScene if levers.light else Scene)(SIZE, SIZE, rng)
    if not levers.teeth:
        scene.lamps.teeth, scene.lamps.teeth_glow = PLAIN[Material.TEETH], TEETH_GLOW
    elif not levers.light:
        scene.lamps.teeth, scene.lamps.teeth_glow = BRIGHT_TEETH, BRIGHT_GLOW
    frames = np.empty((TAKEN + RESTING, SIZE, SIZE), dtype=np.uint8)
    boxes = np.empty((len(frames), 4))
    for number, (picture, eyes) in enumerate(film_acted(head, both, scene, units, rng)):
        frames[number] = np.asarray(Image.fromarray(picture).convert("L"))
        side = BOX_SIDE * scene.scale * np.exp(rng.normal() * BOX_JITTER)
        middle = eyes.mean(axis=0) + [0, BOX_BELOW * scene.scale] + rng.normal(size=2) * BOX_JITTER * side
        boxes[number] = *(middle - side / 2), *(middle + side / 2)
    landmarks = find_landmarks(frames, boxes, model)
    parts = [slice(0, TAKEN), slice(TAKEN, None)]  # each with its own square, as films of their own
    tracks = np.concatenate([steady_track(boxes[part], landmarks[part], "landmarks") for part in parts])
    return (
        crop_clip(frames, tracks, FRAME_SIZE, MARGIN),
        map_landmarks(landmarks, tracks, FRAME_SIZE, MARGIN),
    )
