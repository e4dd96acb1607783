"""Small numpy functions that several modules of the renderer share."""

import numpy as np


def smoothstep(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at `low` to 1 at `high` (Hermite)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Return the rotation (3, 3) float32 by yaw about y, then pitch about x, then roll about z, in radians."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_z @ about_x @ about_y).astype(np.float32)


def vertex_normals(positions: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals (V, 3) of `positions` (V, 3), the area-weighted mean over the triangles (F, 3)."""
    a, b, c = (positions.T[:, triangles[:, i]] for i in range(3))
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    faces = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    corner = triangles.ravel()
    normals = [np.bincount(corner, np.repeat(face, 3), len(positions)) for face in faces]
    normals = np.stack(normals, axis=1).astype(np.float32)
    return normals / np.maximum(measure_lengths(normals)[:, None], np.float32(1e-12))


def measure_lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the lengths (n,) of vectors (n, 3): numpy's own sum along an axis of three is ten times as slow."""
    x, y, z = vectors.T
    return np.sqrt(x * x + y * y + z * z)
