"""Render one clip: a subject performs an emotion, filmed and encoded."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videofer.core.study import CLASSES
from videofer.datasets.rendered.animation import Difficulty, Performance, perform
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.camera import draw_frame
from videofer.datasets.rendered.clip_list import parse_name
from videofer.datasets.rendered.encoder import encode_video
from videofer.datasets.rendered.geometry import rotation_matrix
from videofer.datasets.rendered.head import Head, prepare_head
from videofer.datasets.rendered.identity import read_identity
from videofer.datasets.rendered.occlusion import ambient_occlusion, lamp_shadow
from videofer.datasets.rendered.scene import LINES, Scene, draw_scene, expose
from videofer.datasets.rendered.shading import FIRST_WRINKLE
from videofer.datasets.rendered.wrinkles import wrinkle_depths

LAMP_WIDTH = 0.16  # angular radius of the key light, radians
APEX_DIRECTIONS = 12  # of the sky, for the shadows of the expression's folds


def render_clip(
    clip: str,
    seed: int,
    identity_path: str | Path,
    out_path: str | Path,
    *,
    width: int,
    height: int,
    fps: float,
    difficulty: Difficulty | None = None,
) -> None:
    """Render a clip such as "S001-angry" and write it as an AVI file; the same arguments, the same bytes."""
    subject, label, index = parse_name(clip)
    rng = np.random.default_rng([seed, subject, CLASSES.index(label), index])
    identity = read_identity(identity_path)
    basis = load_basis()
    performance = perform(label, basis.units, identity["rest"], fps, rng, difficulty or Difficulty())
    scene = draw_scene(width, height, rng)
    head = prepare_head(basis, identity)
    encode_video(film(head, performance, scene, basis.units, rng), out_path, width, height, fps)


def film(
    head: Head, performance: Performance, scene: Scene, units: list[str], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield the frames uint8 (height, width, 3) of a performance."""
    active = np.flatnonzero(performance.activations.any(axis=0))
    offsets = head.units[active].reshape(len(active), -1)
    moved = performance.activations[:, active] @ offsets
    positions = head.rest + moved.reshape(len(moved), -1, 3)

    def light_vertices(at: np.ndarray, sky: np.ndarray) -> np.ndarray:
        """Return the shares of sky and key light (P, 2) that reach the vertices at `at` (P, 3)."""
        return np.stack([sky, lamp_shadow(at, head.triangles, scene.lamps.key, LAMP_WIDTH)], axis=1)

    apex = positions[performance.apex]
    neutral_light = light_vertices(head.rest, head.occlusion)
    apex_light = light_vertices(apex, ambient_occlusion(apex, head.triangles, APEX_DIRECTIONS))

    texture, creased, creases = split_texture(head.painted["texture"])
    depths = wrinkle_depths(units, performance.activations)
    lines = scene.background.shape[0] / LINES
    for frame, envelope in enumerate(performance.envelope.astype(np.float32)):
        texture.reshape(-1, 6)[creased, 5] = 1 - creases @ depths[frame]
        picture = draw_frame(
            head,
            positions[frame],
            neutral_light + (apex_light - neutral_light) * envelope,
            texture,
            rotation_matrix(*performance.rotation[frame]),
            performance.shift[frame] * lines,
            scene,
        )
        yield expose(picture, scene, rng)


def split_texture(painted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a painted texture (see texture.py) into what is looked up, float32 (H, W, 6), and its wrinkles.

    Returns the texture, the texels (n,) that have wrinkles, counted row by row, and these (n, wrinkles).
    """
    texture = np.ones((*painted.shape[:2], 6), dtype=np.float32)
    texture[..., :5] = painted[..., :FIRST_WRINKLE] * np.float32(1 / 255)
    texture[..., :3] *= texture[..., :3]
    texture[..., 4] *= 2
    wrinkles = painted[..., FIRST_WRINKLE:].reshape(-1, painted.shape[-1] - FIRST_WRINKLE)
    creased = np.flatnonzero(wrinkles.any(axis=1))
    return texture, creased, wrinkles[creased] * np.float32(1 / 255)
