"""Soft shadows: how much of the sky, or of a lamp, each vertex of the head sees.

Each direction of light is one small z-buffer seen from the lamp (Williams, "Casting curved shadows on curved
surfaces", 1978); a vertex is lit if nothing lies in front of it.
"""

import numpy as np

from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.rasteriser import rasterise, unpack

CELL = 0.03  # side of a cell of the lamp's z-buffer, decimetres
REACH = 2.0  # half the side of the square that the lamp's z-buffer covers, decimetres
BIAS = 0.05  # decimetres by which another surface must be nearer to the lamp to cast a shadow


def see_lamps(positions: np.ndarray, triangles: np.ndarray, lamps: np.ndarray) -> np.ndarray:
    """Return (lamps, V): 1 where a vertex sees the lamp infinitely far away in a direction (lamps, 3), else 0."""
    centre = np.array([0, 7.2, 0.4], dtype=np.float32)
    side = round(2 * REACH / CELL)
    visible = np.ones((len(lamps), len(positions)), dtype=np.float32)
    for row, lamp in zip(visible, lamps, strict=True):
        right = np.cross([0.0, 1.0, 0.0] if abs(lamp[1]) < 0.9 else [0.0, 0.0, 1.0], lamp)
        right /= np.linalg.norm(right)
        axes = np.stack([right, -np.cross(lamp, right), lamp], axis=1).astype(np.float32)
        seen = (positions - centre) @ axes
        seen[:, :2] = (seen[:, :2] + REACH) / CELL
        keys = rasterise(seen, triangles, side, side)
        column, line = seen[:, :2].astype(np.int64).T
        inside = np.flatnonzero((column >= 0) & (column < side) & (line >= 0) & (line < side))
        cell = keys[line[inside], column[inside]]
        nearest = np.where(cell == 0, -np.inf, unpack(cell)[1])
        row[inside] = seen[inside, 2] >= nearest - BIAS
    return visible


def spread_directions(count: int) -> np.ndarray:
    """Return `count` unit vectors (count, 3) evenly over the sphere (Fibonacci lattice)."""
    step = np.arange(count) + 0.5
    height = 1 - 2 * step / count
    angle = np.pi * (1 + 5**0.5) * step
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], axis=1).astype(np.float32)


def ambient_occlusion(positions: np.ndarray, triangles: np.ndarray, directions: int) -> np.ndarray:
    """Return the cosine-weighted share (V,) of the sphere around the head that each vertex sees, 0..1."""
    lamps = spread_directions(directions)
    cosine = np.clip(lamps @ vertex_normals(positions, triangles).T, 0, None)
    visible = see_lamps(positions, triangles, lamps)
    share = (cosine * visible).sum(axis=0) / np.maximum(cosine.sum(axis=0), np.float32(1e-6))
    return smooth(share.astype(np.float32), triangles)


def lamp_shadow(positions: np.ndarray, triangles: np.ndarray, lamp: np.ndarray, width: float) -> np.ndarray:
    """Return the share (V,) of a lamp of angular radius `width` (radians) around `lamp` that each vertex sees."""
    across = np.cross(lamp, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    upwards = np.cross(across, lamp)
    angles = np.arange(5) * 2 * np.pi / 5
    rim = lamp + width * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * upwards)
    lamps = np.concatenate([lamp[None], rim])
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    share = see_lamps(positions, triangles, lamps.astype(np.float32)).mean(axis=0)
    return smooth(share, triangles)


def smooth(values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Average values (V,) with those of the neighbouring vertices, once."""
    total = np.zeros_like(values, dtype=np.float64)
    count = np.zeros(len(values))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        total += np.bincount(triangles[:, a], values[triangles[:, b]], len(values))
        count += np.bincount(triangles[:, a], minlength=len(values))
    neighbours = total / np.maximum(count, 1)
    return (0.5 * values + 0.5 * np.where(count > 0, neighbours, values)).astype(np.float32)
