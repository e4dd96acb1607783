"""Render one clip: a subject performs an emotion, filmed by a camera with its own marks, and encoded."""

import errno
import os
from collections.abc import Iterable, Iterator
from functools import reduce
from pathlib import Path

import ffmpeg
import numpy as np

from videofer.core.artifacts import atomic_path, read_arrays
from videofer.core.errors import UserError
from videofer.core.ffmpeg import ffmpeg_executable
from videofer.core.study import CLASSES
from videofer.datasets.rendered import geometry, parse_name
from videofer.datasets.rendered.animation import Difficulty, Performance, perform, wrinkle_depths
from videofer.datasets.rendered.basis import Material, load_basis
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import FIRST_WRINKLE
from videofer.datasets.rendered.shading import Lamps, Samples, shade

DISTANCE = 14.0  # from the camera to the pivot, decimetres
# The z-buffer has 2 x 2 samples a pixel. Where they agree on material and depth, one of them is shaded.
SAMPLES = 2
# 0.05 decimetres as a difference of keys
SMOOTH_DEPTH = round(0.05 * geometry.DEPTH_STEPS) << geometry.TRIANGLE_BITS
OFFSETS = (np.array([0, 1, 0, 1]) + 0.5) / SAMPLES, (np.array([0, 0, 1, 1]) + 0.5) / SAMPLES
TONES = 4096
BRIGHTEST = 4.0
# Display values 0..1 of linear light 0..BRIGHTEST in TONES steps: a soft shoulder, then gamma 2.2.
TONE_CURVE = ((1 - np.exp(-1.35 * np.linspace(0, BRIGHTEST, TONES))) ** (1 / 2.2)).astype(np.float32)
LINES = 256  # height of the frame that sizes in pixels refer to
# One thread and no time stamp, so that the same frames give the same bytes. qscale: 2 is the best, 31 the worst.
ENCODING = {"vcodec": "mpeg4", "vtag": "xvid", "qscale": 3, "threads": 1, "map_metadata": -1}
ENCODING |= {"fflags": "+bitexact", "flags:v": "+bitexact"}
LAMP_WIDTH = 0.16  # angular radius of the key light, radians
APEX_DIRECTIONS = 12  # of the sky, for the shadows of the expression's folds


class Scene:
    """What surrounds the head of a clip, and the camera that films it."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.lamps = Lamps(rng)
        self.scale = rng.uniform(74, 90) * height / LINES  # pixels a decimetre
        # Pixel of the point between the eyes of the resting head.
        self.x = width / 2 + rng.normal() * width * 0.03
        self.y = height * 0.46 + rng.normal() * height * 0.02
        self.background = draw_background(width, height, rng)  # (height, width, 3) display values
        self.gain = (rng.uniform(0.95, 1.05) * (1 + rng.normal(size=3) * 0.012)).astype(np.float32)  # (3,)
        self.noise = rng.uniform(0.5, 2.2) / 255
        self.blur = rng.uniform(0, 0.25)
        self.distance = DISTANCE
        self.folds = 1.0  # how deep the skin folds


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
    """Render a posed clip such as "S001-angry" and write it as an AVI file; the same arguments, the same bytes."""
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
    sky = geometry.ambient_occlusion(apex, head.triangles, APEX_DIRECTIONS)
    neutral_light = np.stack(
        [head.occlusion, geometry.lamp_shadow(head.rest, head.triangles, key, LAMP_WIDTH)], axis=1
    )
    apex_light = np.stack([sky, geometry.lamp_shadow(apex, head.triangles, key, LAMP_WIDTH)], axis=1)

    texture, creased, creases = split_texture(head.painted["texture"])
    depths = wrinkle_depths(units, performance.activations) * np.float32(scene.folds)
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

    Raises OSError if the disk is full, UserError with ffmpeg's own words if it fails otherwise.
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


def draw_background(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a muted backdrop (height, width, 3) in display values: a gradient, out-of-focus panels or blotches."""
    y = np.linspace(0, 1, height, endpoint=False, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, endpoint=False, dtype=np.float32)[None, :]
    angle = rng.uniform(0, 2 * np.pi)
    base = rng.uniform(0.25, 0.75) + rng.normal(size=3) * 0.035
    slope = rng.normal() * 0.12 * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle))
    falloff = -rng.uniform(0, 0.25) * ((x - 0.5) ** 2 + (y - 0.45) ** 2)
    backdrop = base + (slope + falloff)[..., None]
    kind = rng.random()
    if kind < 0.35:
        for _ in range(rng.integers(1, 4)):
            left, right = np.sort(rng.uniform(-0.2, 1.2, 2))
            top, bottom = np.sort(rng.uniform(-0.3, 1.3, 2))
            panel = soft_window(x, left, right) * soft_window(y, top, bottom)
            backdrop = backdrop + panel[..., None] * (rng.normal() * 0.06 + rng.normal(size=3) * 0.02)
    elif kind < 0.65:
        for _ in range(10):
            across, down = rng.normal(size=2) * rng.choice([3, 7])
            u, v = across * x, down * y + rng.uniform(0, 6)
            blotches = np.sin(u) * np.cos(v) + np.cos(u) * np.sin(v)  # sin(u + v) without a sine a pixel
            backdrop = backdrop + 0.018 * blotches[..., None]
    return np.clip(backdrop, 0.02, 0.98).astype(np.float32)


def soft_window(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 1 between `low` and `high`, 0 outside, with soft edges."""
    return geometry.smoothstep(x, low - 0.02, low + 0.02) * (1 - geometry.smoothstep(x, high - 0.02, high + 0.02))


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Return the rotation (3, 3) float32 by yaw about y, then pitch about x, then roll about z, in radians."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_z @ about_x @ about_y).astype(np.float32)


def draw_frame(
    head: Head, positions: np.ndarray, lighting: np.ndarray, texture: np.ndarray, pose: np.ndarray, scene: Scene
) -> np.ndarray:
    """Draw one frame: display values float32 (height, width, 3) in 0..1.

    positions (P, 3): the head's vertices with expression; lighting (P, 2): shares of sky and key light that reach
    them; texture: see shading.shade; pose (5,): see animation.Performance, the head turns about the neck.
    """
    height, width, _ = scene.background.shape
    rotation = rotation_matrix(*pose[:3])
    turned, points = project(head, positions, rotation, pose[3:] * (height / LINES), scene)
    pixel, triangle, x, y, inner = find_samples(points, head, width, height)

    # Samples of one material lie together while they are shaded, so that each material is a slice.
    material = head.materials[triangle]
    order = np.argsort(material, kind="stable")
    triangle, x, y = triangle[order], x[order], y[order]
    corners = head.triangles.take(triangle, axis=0)
    weights = geometry.weigh_corners(points, corners, x, y)
    carried = np.concatenate([geometry.vertex_normals(turned, head.triangles), lighting], axis=1)
    carried = np.einsum("nkc,nk->nc", carried.take(corners, axis=0), weights)
    normal = carried[:, :3]
    normal /= geometry.measure_lengths(normal)[:, None] + np.float32(1e-6)
    samples = Samples(
        material=material[order],
        normal=normal,
        occlusion=carried[:, 3],
        shadow=carried[:, 4],
        texel=np.einsum("nkc,nk->nc", head.texture_at.take(triangle, axis=0), weights),
        corners=corners,
        weights=weights,
    )
    linear = shade(head, samples, texture, scene.lamps, rotation)
    steps = np.clip(linear * np.float32((TONES - 1) / BRIGHTEST), 0, TONES - 1).astype(np.int32)
    shaded = np.empty((len(order), 3), dtype=np.float32)
    shaded[order] = TONE_CURVE[steps].T
    return resolve(pixel, shaded, inner, scene.background)


def project(
    head: Head, positions: np.ndarray, rotation: np.ndarray, shift: np.ndarray, scene: Scene
) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices (P, 3) turned about the neck, and where they are seen: x, y in pixels and depth (P, 3).

    shift (2,): of the head, pixels.
    """
    offset = positions - head.pivot
    turned = offset + head.turning[:, None] * (offset @ rotation.T - offset)  # the shoulders stay
    nearness = np.float32(scene.distance) / (np.float32(scene.distance) - turned[:, 2])
    points = turned.copy()
    points[:, 0] = scene.x + shift[0] + turned[:, 0] * nearness * scene.scale
    points[:, 1] = scene.y + shift[1] - (turned[:, 1] * nearness - (head.eyes[1] - head.pivot[1])) * scene.scale
    return turned, points


def find_samples(
    points: np.ndarray, head: Head, width: int, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Choose the samples to shade: one a pixel inside a surface, all of them (up to 4) at its edges.

    Returns pixel (n,), triangle (n,), the positions x, y (n,) of the samples in pixels, and how many of the
    samples, the first ones, are alone in their pixel. The others are sorted by pixel.
    """
    fine = points * np.float32([SAMPLES, SAMPLES, 1])
    keys = geometry.rasterise(fine, head.triangles, SAMPLES * width, SAMPLES * height)
    parts = [keys[line::SAMPLES, column::SAMPLES].ravel() for line in range(SAMPLES) for column in range(SAMPLES)]
    hit = np.flatnonzero(reduce(np.bitwise_or, parts))
    parts = [part[hit] for part in parts]
    farthest, nearest = reduce(np.minimum, parts), reduce(np.maximum, parts)
    # One sample not covered has key 0, which makes the range of depths huge.
    even = nearest - farthest < SMOOTH_DEPTH
    material = head.materials[geometry.seen_triangles(np.stack(parts)[:, even])]
    same = (material[0] == material[1]) & (material[0] == material[2]) & (material[0] == material[3])
    even[even] = same & (material[0] != Material.EYE)
    inner, edge = hit[even], hit[~even]
    edge_keys = np.stack([part[~even] for part in parts], axis=1)
    row, part = np.nonzero(edge_keys)
    keys = np.concatenate([parts[0][even], edge_keys[row, part]])
    pixel = np.concatenate([inner, edge[row]])
    part = np.concatenate([np.zeros(len(inner), dtype=np.int64), part])
    x = (pixel % width + OFFSETS[0][part]).astype(np.float32)
    y = (pixel // width + OFFSETS[1][part]).astype(np.float32)
    return pixel, geometry.seen_triangles(keys), x, y, len(inner)


def resolve(pixel: np.ndarray, shaded: np.ndarray, inner: int, background: np.ndarray) -> np.ndarray:
    """Put shaded samples (n, 3) on the background: the first `inner` fill a pixel each, the others a quarter."""
    picture = background.reshape(-1, 3).copy()
    picture[pixel[:inner]] = shaded[:inner]
    pixel, shaded = pixel[inner:], shaded[inner:]
    start = np.flatnonzero(np.diff(pixel, prepend=-1))
    count = np.diff(start, append=len(pixel)).astype(np.float32)[:, None]
    edge = pixel[start]
    share = np.float32(1 / SAMPLES**2)
    picture[edge] = np.add.reduceat(shaded, start, axis=0) * share + picture[edge] * (1 - share * count)
    return picture.reshape(background.shape)


def expose(picture: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Turn display values (height, width, 3) into what the camera keeps: uint8, with its blur, gain and noise."""
    height, width, _ = picture.shape
    # Numpy is slow along an axis of three: whole lines of colours, and single colours below, are faster.
    exposed = picture.reshape(height, -1) * np.tile(scene.gain * np.float32(255), width)
    exposed = exposed.reshape(picture.shape)
    inner = exposed[1:-1, 1:-1]
    around = exposed[:-2, 1:-1] + exposed[2:, 1:-1]
    around += exposed[1:-1, :-2]
    around += exposed[1:-1, 2:]
    inner *= np.float32(1 - scene.blur)
    inner += around * np.float32(scene.blur / 4)
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32) * np.float32(255 * scene.noise)
    grain += np.float32(0.5)
    for colour in range(3):
        exposed[..., colour] += grain
    return np.clip(exposed, 0, 255, out=exposed).astype(np.uint8)
