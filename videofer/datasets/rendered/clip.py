"""Render one clip: a subject performs an emotion, filmed and encoded."""

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import ffmpeg
import numpy as np

from videofer.core.artifacts import atomic_path, read_arrays
from videofer.core.errors import UserError
from videofer.core.ffmpeg import ffmpeg_executable
from videofer.core.study import CLASSES
from videofer.datasets.rendered import parse_name
from videofer.datasets.rendered.animation import Difficulty, Performance, perform, wrinkle_depths
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.camera import Scene, draw_frame, expose
from videofer.datasets.rendered.geometry import ambient_occlusion, lamp_shadow
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import FIRST_WRINKLE

# One thread and no time stamp, so that the same frames give the same bytes. qscale: 2 is the best, 31 the worst.
ENCODING = {"vcodec": "mpeg4", "vtag": "xvid", "qscale": 3, "threads": 1, "map_metadata": -1}
ENCODING |= {"fflags": "+bitexact", "flags:v": "+bitexact"}
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
    identity = read_arrays(identity_path, "identity")
    basis = load_basis()
    performance = perform(label, basis.units, identity["rest"], fps, rng, difficulty or Difficulty())
    scene = Scene(width, height, rng)
    encode_video(film(Head(basis, identity), performance, scene, basis.units, rng), out_path, width, height, fps)


def film(
    head: Head, performance: Performance, scene: Scene, units: list[str], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield the frames uint8 (height, width, 3) of a performance."""
    active = np.flatnonzero(performance.activations.any(axis=0))
    offsets = head.units[active].reshape(len(active), -1)
    moved = performance.activations[:, active] @ offsets
    positions = head.rest + moved.reshape(len(moved), -1, 3)

    # Shares of sky and key light (P, 2) that reach the vertices of the neutral face and of the apex.
    apex, key = positions[performance.apex], scene.lamps.key
    sky = ambient_occlusion(apex, head.triangles, APEX_DIRECTIONS)
    neutral_light = np.stack([head.occlusion, lamp_shadow(head.rest, head.triangles, key, LAMP_WIDTH)], axis=1)
    apex_light = np.stack([sky, lamp_shadow(apex, head.triangles, key, LAMP_WIDTH)], axis=1)

    texture, creased, creases = split_texture(head.painted["texture"])
    depths = wrinkle_depths(units, performance.activations)
    for frame, envelope in enumerate(performance.envelope.astype(np.float32)):
        texture.reshape(-1, 6)[creased, 5] = 1 - creases @ depths[frame]
        light = neutral_light + (apex_light - neutral_light) * envelope
        picture = draw_frame(head, positions[frame], light, texture, performance.pose[frame], scene)
        yield expose(picture, scene, rng)


def split_texture(painted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a texture of identity.paint_head into what is looked up, float32 (H, W, 6), and its wrinkles.

    Returns the texture, the texels (n,) that have wrinkles, counted row by row, and these (n, wrinkles).
    """
    texture = np.ones((*painted.shape[:2], 6), dtype=np.float32)
    texture[..., :5] = painted[..., :FIRST_WRINKLE] * np.float32(1 / 255)
    texture[..., :3] *= texture[..., :3]
    texture[..., 4] *= 2
    wrinkles = painted[..., FIRST_WRINKLE:].reshape(-1, painted.shape[-1] - FIRST_WRINKLE)
    creased = np.flatnonzero(wrinkles.any(axis=1))
    return texture, creased, wrinkles[creased] * np.float32(1 / 255)


def encode_video(frames: Iterable[np.ndarray], path: str | Path, width: int, height: int, fps: float) -> None:
    """Encode frames uint8 (height, width, 3) RGB as MPEG-4 in an AVI file, put in place when it is complete.

    Raises OSError if the disk is full, UserError with ffmpeg's
    own words if it fails otherwise.
    """
    with atomic_path(path) as temporary:
        stream = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", r=fps)
        stream = stream.output(str(temporary), **ENCODING).global_args("-loglevel", "error").overwrite_output()
        process = stream.run_async(cmd=ffmpeg_executable(), pipe_stdin=True, pipe_stderr=True)
        try:
            for frame in frames:
                process.stdin.write(np.ascontiguousarray(frame))
        except BrokenPipeError:
            pass  # ffmpeg ended early; its message and exit status say why
        except BaseException:
            process.kill()
            process.wait()
            raise
        message = process.communicate()[1].decode(errors="replace").strip()
        if process.returncode != 0:
            if os.strerror(errno.ENOSPC) in message:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            raise UserError(f"ffmpeg could not write {path}: {message}")
