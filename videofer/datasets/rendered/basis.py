"""The head basis: one mesh, the targets that give it a person's shape, and 52 face units that move it.

head_basis.npz, made by tools/build_head_basis.py, holds V vertices, C corners (vertices split by texture
coordinate) and F triangles:
  centre float64 (3,), base int16 (V, 3)     position = centre + BASE_STEP * base, decimetres, y up, z to the viewer
  corner_vertex (C,), corner_uv (C, 2)        vertex of a corner; texture coordinate in 1/65535, v up
  triangles (F, 3), groups (F,)               corners of a triangle, index into GROUPS
  names, counts (N,)                          "macro/..", "nose/..", "unit/..": name and moved vertices of a target
  indices, offsets int16 (3, sum(counts))     index differences within each target; offset = TARGET_STEP * offsets
  mask_<name> uint8 (806, 420)                regions of the skin, over UV_WINDOW, row 0 at the top
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

BASIS_PATH = Path(__file__).with_name("head_basis.npz")
# Quantisation steps in decimetres: a pixel of a 256-line video is about 0.012 dm.
BASE_STEP = 1e-4
TARGET_STEP = 2e-4
UV_WINDOW = (0.62, 1.0, 0.14, 0.87)
MASKS = ("lips", "eyelids", "ears", "inside-mouth")
GROUPS = (
    "body",
    "helper-l-eye",
    "helper-r-eye",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-tongue",
    "helper-l-eyelashes-2",
    "helper-r-eyelashes-2",
)


@dataclass(frozen=True)
class HeadBasis:
    """Mesh and targets of the head; float32 and decimetres throughout."""

    base: np.ndarray  # (V, 3)
    corner_vertex: np.ndarray  # (C,)
    corner_uv: np.ndarray  # (C, 2)
    triangles: np.ndarray  # (F, 3) of corners
    groups: np.ndarray  # (F,) indices into GROUPS
    targets: dict[str, tuple[np.ndarray, np.ndarray]]  # name -> vertices (n,), offsets (n, 3)
    masks: dict[str, np.ndarray]  # name -> (H, W) in 0..1

    def add_target(self, shape: np.ndarray, name: str, weight: float) -> None:
        """Add `weight` times the target `name` to the vertices `shape` (V, 3), in place."""
        vertices, offsets = self.targets[name]
        shape[vertices] += np.float32(weight) * offsets

    def texture_points(self, height: int, width: int) -> np.ndarray:
        """Return the corners' texture coordinates as pixels (C, 2) of a texture of that size, y down."""
        u0, u1, v0, v1 = UV_WINDOW
        u, v = self.corner_uv.T
        return np.stack([(u - u0) / (u1 - u0) * width, (v1 - v) / (v1 - v0) * height], axis=1).astype(np.float32)

    def vertices_in(self, mask: str) -> np.ndarray:
        """Return the vertices (n,) of the head that lie in a region of the skin, such as "ears"."""
        height, width = self.masks[mask].shape
        points = self.texture_points(height, width)
        corners = np.flatnonzero(((points >= 0) & (points < [width, height])).all(axis=1))
        column, row = points[corners].astype(np.int64).T
        return np.unique(self.corner_vertex[corners[self.masks[mask][row, column] > 0.5]])

    def group_vertices(self, group: str) -> np.ndarray:
        """Return the vertices (n,) of one of GROUPS."""
        return np.unique(self.corner_vertex[self.triangles[self.groups == GROUPS.index(group)]])

    @property
    def head_triangles(self) -> np.ndarray:
        """Mask (F,) of the triangles that the texture covers: head and upper neck."""
        u0, _, v0, v1 = UV_WINDOW
        u, v = np.moveaxis(self.corner_uv[self.triangles], -1, 0)
        inside = ((u > u0) & (v > v0) & (v < v1)).all(axis=1)
        return inside & (self.groups == GROUPS.index("body"))

    @property
    def units(self) -> list[str]:
        """Names of the face units, sorted."""
        return sorted(name.removeprefix("unit/") for name in self.targets if name.startswith("unit/"))


@cache
def load_basis(path: Path = BASIS_PATH) -> HeadBasis:
    """Load the head basis (once a process); the arrays must not be written to."""
    with np.load(path) as stored:
        arrays = dict(stored)
    targets, start = {}, 0
    for name, count in zip(arrays["names"].tolist(), arrays["counts"].tolist(), strict=True):
        part = slice(start, start + count)
        vertices = np.cumsum(arrays["indices"][part], dtype=np.int64)
        targets[name] = (vertices, arrays["offsets"][:, part].T * np.float32(TARGET_STEP))
        start += count
    return HeadBasis(
        base=(arrays["centre"] + BASE_STEP * arrays["base"]).astype(np.float32),
        corner_vertex=arrays["corner_vertex"].astype(np.int64),
        corner_uv=arrays["corner_uv"].astype(np.float32) / 65535,
        triangles=arrays["triangles"].astype(np.int64),
        groups=arrays["groups"],
        targets=targets,
        masks={mask: arrays[f"mask_{mask}"].astype(np.float32) / 255 for mask in MASKS},
    )
