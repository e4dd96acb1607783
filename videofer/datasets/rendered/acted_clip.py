"""A performance of the style `acted`, filmed: drawn, then covered, blurred and compressed as a camera's film is."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays
from videofer.core.study import CLASSES
from videofer.datasets.rendered import parse_name
from videofer.datasets.rendered.acted_scene import ActedScene
from videofer.datasets.rendered.acting import act, draw_rest
from videofer.datasets.rendered.animation import Performance
from videofer.datasets.rendered.clip import LINES, Scene, encode_video, film, rotation_matrix
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.scanned import load_scanned


def render_acted(
    clip: str, seed: int, identity_path: str | Path, out_path: str | Path, *, width: int, height: int, fps: float
) -> None:
    """Render an acted clip such as "S001-angry" as an AVI file; the same arguments, the same bytes."""
    subject, label, index = parse_name(clip)
    rng = np.random.default_rng([seed, subject, CLASSES.index(label), index])
    basis = load_scanned()
    head = Head(basis, read_arrays(identity_path, "identity"))
    # A subject's own rest face, the same in all its clips.
    rest = draw_rest(basis.units, np.random.default_rng([seed, subject]))
    performance = act(label, basis.units, rest, fps, rng).performance
    scene = ActedScene(width, height, rng)
    frames = (frame for frame, _ in film_acted(head, performance, scene, basis.units, rng))
    encode_video(frames, out_path, width, height, fps)


def film_acted(
    head: Head, performance: Performance, scene: Scene, units: list[str], rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each frame uint8 (height, width, 3), and x, y of both eyes (2, 2) in it, pixels.

    The left one of the picture comes first. A Scene that is no ActedScene keeps all that is drawn.
    """
    for picture, pose in zip(film(head, performance, scene, units, rng), performance.pose, strict=True):
        eyes = locate_eyes(head, pose, scene)
        yield (scene.keep(picture, eyes) if isinstance(scene, ActedScene) else picture), eyes


def locate_eyes(head: Head, pose: np.ndarray, scene: Scene) -> np.ndarray:
    """Return x, y of both eyes (2, 2) in the picture, pixels, the left one of the picture first; pose: (5,)."""
    balls = np.flatnonzero(head.eye_axis.any(axis=1))
    left = head.rest[balls, 0] > 0
    centres = np.stack([head.rest[balls[left == side]].mean(axis=0) for side in (False, True)])
    offset = (centres - head.pivot) @ rotation_matrix(*pose[:3]).T
    near = scene.distance / (scene.distance - offset[:, 2])
    shift = pose[3:] * (len(scene.background) / LINES)
    x = scene.x + shift[0] + offset[:, 0] * near * scene.scale
    y = scene.y + shift[1] - (offset[:, 1] * near - (head.eyes[1] - head.pivot[1])) * scene.scale
    return np.stack([x, y], axis=1)[np.argsort(x)]
