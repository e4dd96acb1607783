"""From a posed head to a picture: projection, visible samples with antialiased edges, tone curve."""

from functools import reduce

import numpy as np

from videofer.datasets.rendered.geometry import measure_lengths, vertex_normals
from videofer.datasets.rendered.head import Head, Material
from videofer.datasets.rendered.rasteriser import depth_key, rasterise, seen_triangles, weigh_corners
from videofer.datasets.rendered.scene import Scene
from videofer.datasets.rendered.shading import Samples, shade

DISTANCE = 14.0  # from the camera to the pivot, decimetres
# The z-buffer has 2 x 2 samples a pixel. Where they agree on material and depth, one of them is shaded.
SAMPLES = 2
SMOOTH_DEPTH = 0.05  # decimetres
OFFSETS = (np.array([0, 1, 0, 1]) + 0.5) / SAMPLES, (np.array([0, 0, 1, 1]) + 0.5) / SAMPLES
TONES = 4096
BRIGHTEST = 4.0


# Display values 0..1 of linear light 0..BRIGHTEST in TONES steps: a soft shoulder, then gamma 2.2.
TONE_CURVE = ((1 - np.exp(-1.35 * np.linspace(0, BRIGHTEST, TONES))) ** (1 / 2.2)).astype(np.float32)


def draw_frame(
    head: Head,
    positions: np.ndarray,
    lighting: np.ndarray,
    texture: np.ndarray,
    rotation: np.ndarray,
    shift: np.ndarray,
    scene: Scene,
) -> np.ndarray:
    """Draw one frame: display values float32 (height, width, 3) in 0..1.

    positions (P, 3): the head's vertices with expression; lighting (P, 2): shares of sky and key light that reach
    them; texture: see shading.shade; rotation (3, 3) about the neck, shift (2,): pixels.
    """
    height, width, _ = scene.background.shape
    offset = positions - head.pivot
    turned = offset + head.turning[:, None] * (offset @ rotation.T - offset)  # the shoulders stay
    nearness = np.float32(DISTANCE) / (np.float32(DISTANCE) - turned[:, 2])
    eye_height = head.eyes[1] - head.pivot[1]
    points = turned.copy()
    points[:, 0] = scene.x + shift[0] + turned[:, 0] * nearness * scene.scale
    points[:, 1] = scene.y + shift[1] - (turned[:, 1] * nearness - eye_height) * scene.scale
    pixel, triangle, x, y, inner = find_samples(points, head, width, height)

    # Samples of one material lie together while they are shaded, so that each material is a slice.
    material = head.materials[triangle]
    order = np.argsort(material, kind="stable")
    triangle, x, y = triangle[order], x[order], y[order]
    corners = head.triangles.take(triangle, axis=0)
    weights = weigh_corners(points, corners, x, y)
    carried = np.concatenate([vertex_normals(turned, head.triangles), lighting], axis=1)
    carried = np.einsum("nkc,nk->nc", carried.take(corners, axis=0), weights)
    normal = carried[:, :3]
    normal /= measure_lengths(normal)[:, None] + np.float32(1e-6)
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


def find_samples(
    points: np.ndarray, head: Head, width: int, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Choose the samples to shade: one a pixel inside a surface, all of them (up to 4) at its edges.

    Returns pixel (n,), triangle (n,), the positions x, y (n,) of the samples in pixels, and how many of the
    samples, the first ones, are alone in their pixel. The others are sorted by pixel.
    """
    fine = points * np.float32([SAMPLES, SAMPLES, 1])
    keys = rasterise(fine, head.triangles, SAMPLES * width, SAMPLES * height)
    parts = [keys[line::SAMPLES, column::SAMPLES].ravel() for line in range(SAMPLES) for column in range(SAMPLES)]
    hit = np.flatnonzero(reduce(np.bitwise_or, parts))
    parts = [part[hit] for part in parts]
    farthest, nearest = reduce(np.minimum, parts), reduce(np.maximum, parts)
    # One sample not covered has key 0, which makes the range of depths huge.
    even = nearest - farthest < depth_key(SMOOTH_DEPTH)
    material = head.materials[seen_triangles(np.stack(parts)[:, even])]
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
    return pixel, seen_triangles(keys), x, y, len(inner)


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
