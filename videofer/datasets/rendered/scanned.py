"""The basis of scanned heads: a mesh fitted to light-stage scans of people, modes of their differences, units.

It stands where a HeadBasis stands: skin, hair and eyes are painted by the same recipe, at the place of the average
designed head that each vertex answers.

scanned_basis.npz, made by tools/build_scanned_basis.py, holds V vertices and F triangles:
  centre float64 (3,), base int16 (V, 3)   position of the mean head = centre + BASE_STEP * base, decimetres
  placed int16 (V, 3)                      the place of the average designed head that it answers, alike
  triangles (F, 3), groups (F,)            vertices of a triangle, index into GROUPS, one more: the mouth's inside
  landmarks (68,)                          vertices that answer the landmarks
  modes int8 (MODES, V, 3)                 displacement = mode_scale * modes for one standard deviation over people
  names, counts, indices, offsets          units, as the targets of head_basis.npz
  mask_<name> uint8 TEXTURE_SHAPE          regions of the skin
"""

from functools import cache
from pathlib import Path

import numpy as np

from videofer.datasets.rendered.basis import (
    BASE_STEP,
    GROUPS,
    MASKS,
    HeadBasis,
    Material,
    Traits,
    load_basis,
)  # fmt: skip

SCANNED_PATH = Path(__file__).with_name("scanned_basis.npz")
MODES = 60
TEXTURE_SHAPE = (420, 560)  # lines and columns
# The texture goes round the head: what of it is shown, radians to either side and decimetres up.
ANGLE, AXIS, LOWEST, HIGHEST = 2.3, 0.25, 5.95, 8.55
NECK = 6.08  # height below which the neck is drawn as part of the body
# The mean of people's weights of the first modes: with it, and the brows where ScannedBasis has them, the landmarks
# of faces at rest lie as those of the 50 people of the Face Research Lab London Set do on average (DeBruine and
# Jones 2017, CC BY 4.0): mouth, nose and eyes within 0.012 of the eyes' distance, brows within 0.035.
MEAN = (
    0.17, 0.04, 0.28, -0.40, 0.19, 0.13, -0.19, -0.17, 0.32, -0.01, -0.01, 0.06, 0.10, 0.08, -0.09, -0.09, 0.06,
    -0.25, -0.17, -0.02, -0.05, 0.0, -0.10, -0.13, -0.12, 0.0, 0.04, -0.02, 0.02, -0.05, -0.02, -0.19,
)  # fmt: skip
SPREAD = 0.9  # of the modes' weights: the whole of it draws too many odd heads
MOST = 2.2


class ScannedBasis(HeadBasis):
    """Mesh, modes and units of scanned heads; float32 and decimetres. The arrays must not be written to."""

    lined = 0.5
    brow = (0.045, -0.0315, 0.0175, 1.5)

    def __init__(self, path: Path = SCANNED_PATH) -> None:
        with np.load(path) as stored:
            arrays = dict(stored)
        self.base = (arrays["centre"] + BASE_STEP * arrays["base"]).astype(np.float32)  # (V, 3) the mean head
        self.average = (arrays["centre"] + BASE_STEP * arrays["placed"]).astype(np.float32)
        self.triangles = self.corners = arrays["triangles"].astype(np.int64)
        self.corner_vertex = np.arange(len(self.base))
        self.landmarks = arrays["landmarks"].astype(np.int64)  # (68,) vertices
        self.modes = arrays["modes"]
        self.mode_scale = arrays["mode_scale"]
        self.masks = {mask: arrays[f"mask_{mask}"].astype(np.float32) / 255 for mask in MASKS}
        self.units = load_basis().units
        self.targets = self.read_targets(arrays, "unit/")
        for unit in self.units:  # tongueOut has no counterpart
            self.targets.setdefault(f"unit/{unit}", (np.zeros(0, np.int64), np.zeros((0, 3), np.float32)))
        x, y, z = self.average.T
        height, width = TEXTURE_SHAPE
        around = np.clip(np.arctan2(x, z - AXIS) / ANGLE, -1, 1)
        self.texture_points = np.stack(  # (V, 2) pixels, y down
            [(around + 1) / 2 * width, (HIGHEST - y) / (HIGHEST - LOWEST) * height], axis=1
        ).astype(np.float32)
        self.texture_depths = np.hypot(
            x, z - AXIS
        )  # (V,) where surfaces lie behind one another, the outer is painted
        inside = arrays["groups"] == len(GROUPS)
        self.groups = np.where(inside, 0, arrays["groups"])
        self.materials = np.array(list(GROUPS.values()), dtype=np.uint8)[self.groups]
        body = self.materials == Material.TORSO
        self.materials[body & (y[self.triangles].min(axis=1) > NECK)] = Material.SKIN
        self.materials[inside] = Material.MOUTH
        # Behind the head, where the texture's two ends meet, triangles would cover all of it.
        across = self.texture_points[self.triangles, 0]
        self.painted = (self.materials == Material.SKIN) & (np.ptp(across, axis=1) < width / 8)

    def draw_shape(self, traits: Traits, rng: np.random.Generator) -> np.ndarray:
        """Draw the vertices (V, 3) of a person: the mean head and its modes; traits count for the skin alone."""
        weights = np.clip(rng.normal(size=len(self.modes)), -MOST, MOST) * SPREAD
        weights[: len(MEAN)] += MEAN
        weights *= self.mode_scale
        moved = weights.astype(np.float32) @ self.modes.reshape(len(self.modes), -1).astype(np.float32)
        return self.base + moved.reshape(-1, 3)


@cache
def load_scanned() -> ScannedBasis:
    """Load the basis of scanned heads, once a process."""
    return ScannedBasis()
