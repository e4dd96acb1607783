"""The head basis: one mesh, the targets that give it a person's shape, and 52 face units that move it.

A subject's gender, age, build and ancestry weigh the macro targets; its features vary at random.

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
from enum import IntEnum
from functools import cache
from pathlib import Path

import numpy as np

BASIS_PATH = Path(__file__).with_name("head_basis.npz")
# Quantisation steps in decimetres: a pixel of a 256-line video is about 0.012 dm.
BASE_STEP = 1e-4
TARGET_STEP = 2e-4
UV_WINDOW = (0.62, 1.0, 0.14, 0.87)
MASKS = ("lips", "eyelids", "ears", "inside-mouth")
Material = IntEnum("Material", ["SKIN", "TORSO", "MOUTH", "EYE", "TEETH", "TONGUE", "LASH", "HAIR"], start=0)
GROUPS = {  # group of triangles -> material; what of the body is textured becomes SKIN or MOUTH
    "body": Material.TORSO,
    "helper-l-eye": Material.EYE,
    "helper-r-eye": Material.EYE,
    "helper-upper-teeth": Material.TEETH,
    "helper-lower-teeth": Material.TEETH,
    "helper-tongue": Material.TONGUE,
    "helper-l-eyelashes-2": Material.LASH,
    "helper-r-eyelashes-2": Material.LASH,
}
RACES = ("african", "asian", "caucasian")  # as the targets are called
# Standard deviation of the weight of a pair of opposite local targets; more than this draws caricatures.
LOCAL_SPREAD = dict.fromkeys(("eyebrows", "nose", "ears", "cheek"), 0.30)
LOCAL_SPREAD |= {"forehead": 0.25, "eyes": 0.25, "mouth": 0.25, "chin": 0.27, "head": 0.17}
# Mean weight of some pairs: the average skull of the targets is tall.
LOCAL_MEAN = {"forehead-scale-vert": -0.35}
ASYMMETRY = 0.12
# Endings of the names of two opposite targets.
ENDINGS = {
    *("incr", "decr", "up", "down", "in", "out", "convex", "concave"),
    *("forward", "backward", "compress", "uncompress"),
}


@dataclass(frozen=True)
class Traits:
    """What a subject is: gender 0 female .. 1 male, age 0.5 young .. 1 old, weight and muscle 0..1, race shares."""

    gender: float
    age: float
    weight: float
    muscle: float
    race: dict[str, float]


AVERAGE = Traits(0.5, 0.55, 0.5, 0.5, dict.fromkeys(RACES, 1 / 3))


def _split_scale(value: float, what: str) -> dict[str, float]:
    """Split 0..1 into shares of the targets at 0 (min), 0.5 (average) and 1 (max)."""
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {f"min{what}": low, f"average{what}": 1 - low - high, f"max{what}": high}


class HeadBasis:
    """Mesh and targets of the head; float32 and decimetres throughout. The arrays must not be written to.

    lined: share of the light that wrinkles take from an old face at rest; brow: how far outwards and up brows are
    painted from their usual place, their inner ends higher, decimetres, and how much more they differ.
    """

    lined = 0.0
    brow = (0.0, 0.0, 0.0, 1.0)

    def __init__(self) -> None:
        with np.load(BASIS_PATH) as stored:
            arrays = dict(stored)
        self.base = (arrays["centre"] + BASE_STEP * arrays["base"]).astype(np.float32)  # (V, 3)
        self.corner_vertex = arrays["corner_vertex"].astype(np.int64)  # (C,)
        self.corners = arrays["triangles"].astype(np.int64)  # (F, 3) of the triangles
        self.triangles = self.corner_vertex[self.corners]  # (F, 3) of vertices
        self.groups = arrays["groups"]  # (F,) indices into GROUPS
        # Regions of the skin: name -> (H, W) in 0..1; the texture has their size.
        self.masks = {mask: arrays[f"mask_{mask}"].astype(np.float32) / 255 for mask in MASKS}

        self.targets = self.read_targets(arrays)
        # Names of the face units.
        self.units = sorted(name.removeprefix("unit/") for name in self.targets if name.startswith("unit/"))
        self.average = self.shape_head(AVERAGE)  # (V, 3), on which everything painted is placed

        u0, u1, v0, v1 = UV_WINDOW
        u, v = (arrays["corner_uv"].astype(np.float32) / 65535).T
        height, width = self.masks["lips"].shape
        self.texture_points = np.stack(  # (C, 2) pixels of the texture at which a corner lies, y down
            [(u - u0) / (u1 - u0) * width, (v1 - v) / (v1 - v0) * height], axis=1
        ).astype(np.float32)
        # The texture covers head and upper neck.
        textured = ((u > u0) & (v > v0) & (v < v1))[self.corners].all(axis=1) & (self.groups == 0)
        mouth = self.find_region("inside-mouth", self.texture_points[self.corners].mean(axis=1))
        self.materials = np.array(list(GROUPS.values()), dtype=np.uint8)[self.groups]  # (F,)
        self.materials[textured] = np.where(mouth, Material.MOUTH, Material.SKIN)[textured]
        self.painted = np.isin(self.materials, (Material.SKIN, Material.MOUTH))  # (F,) whether the texture has it
        # (C,) no part of the texture lies over another
        self.texture_depths = np.zeros(len(self.texture_points), dtype=np.float32)

    @staticmethod
    def read_targets(arrays: dict[str, np.ndarray], prefix: str = "") -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return name -> vertices (n,), offsets (n, 3) of the targets of a file; prefix: put before each name."""
        targets, start = {}, 0
        for name, count in zip(arrays["names"].tolist(), arrays["counts"].tolist(), strict=True):
            part = slice(start, start + count)
            vertices = np.cumsum(arrays["indices"][part], dtype=np.int64)
            targets[prefix + name] = (vertices, arrays["offsets"][:, part].T * np.float32(TARGET_STEP))
            start += count
        return targets

    def find_region(self, mask: str, points: np.ndarray) -> np.ndarray:
        """Return whether points (n, 2) of the texture lie in a region of the skin, such as "ears"."""
        column, row = points.astype(np.int64).clip(0, np.array(self.masks[mask].shape[::-1]) - 1).T
        return self.masks[mask][row, column] > 0.5

    def group_vertices(self, group: str) -> np.ndarray:
        """Return the vertices (n,) of one of GROUPS."""
        return np.unique(self.triangles[self.groups == list(GROUPS).index(group)])

    def shape_head(self, traits: Traits) -> np.ndarray:
        """Return the vertices (V, 3) of a head with `traits`: the base and its weighted macro targets."""
        genders = {"male": traits.gender, "female": 1 - traits.gender}
        ages = {"old": (traits.age - 0.5) / 0.5}
        ages["young"] = 1 - ages["old"]
        muscles, weights = _split_scale(traits.muscle, "muscle"), _split_scale(traits.weight, "weight")
        shape = self.base.copy()
        for gender, gender_share in genders.items():
            for age, age_share in ages.items():
                share = gender_share * age_share
                for race, race_share in traits.race.items():
                    self.add_target(shape, f"macro/{race}-{gender}-{age}", share * race_share)
                for muscle, muscle_share in muscles.items():
                    for weight, weight_share in weights.items():
                        target = f"macro/universal-{gender}-{age}-{muscle}-{weight}"
                        self.add_target(shape, target, share * muscle_share * weight_share)
        return shape

    def draw_shape(self, traits: Traits, rng: np.random.Generator) -> np.ndarray:
        """Draw the vertices (V, 3) of a subject with `traits` and features of its own."""
        shape = self.shape_head(traits)
        vary_features(self, shape, rng)
        return shape

    def add_target(self, shape: np.ndarray, name: str, weight: float) -> None:
        """Add `weight` times the target `name` to the vertices `shape` (V, 3), in place."""
        vertices, offsets = self.targets[name]
        shape[vertices] += np.float32(weight) * offsets


@cache
def load_basis() -> HeadBasis:
    """Load the head basis, once a process."""
    return HeadBasis()


def draw_traits(rng: np.random.Generator) -> Traits:
    """Draw gender, age, build and race shares of a subject."""
    femininity = rng.beta(1.2, 8)
    return Traits(
        gender=float(femininity if rng.random() < 0.5 else 1 - femininity),
        age=float(rng.uniform(0.5, 0.8)) if rng.random() < 0.7 else 0.5,
        weight=float(np.clip(rng.normal(0.5, 0.17), 0.1, 0.95)),
        muscle=float(np.clip(rng.normal(0.5, 0.15), 0.1, 0.9)),
        race=dict(zip(RACES, rng.dirichlet([0.35] * 3).tolist(), strict=True)),
    )


def vary_features(basis: HeadBasis, shape: np.ndarray, rng: np.random.Generator) -> None:
    """Move nose, mouth, eyes and so on of `shape` (V, 3) at random, in place; both sides of a face alike."""
    pairs: dict[tuple[str, str], dict[str, list[str]]] = {}
    for name in basis.targets:
        folder, local = name.split("/", 1)
        if folder in LOCAL_SPREAD:
            stem, _, ending = local.removeprefix("l-").removeprefix("r-").rpartition("-")
            if ending not in ENDINGS:  # a target with no opposite
                stem, ending = f"{stem}-{ending}", "on"
            pairs.setdefault((folder, stem), {}).setdefault(ending, []).append(name)
    for (folder, stem), directions in pairs.items():
        weight = LOCAL_MEAN.get(stem, 0.0) + rng.normal() * LOCAL_SPREAD[folder]
        weight = float(np.clip(weight, -1, 1))
        chosen = sorted(directions)[0 if weight < 0 else -1]
        if chosen == "on":  # only a clear draw has an effect
            weight = max(0.0, weight - 0.3)
        for name in directions[chosen]:
            basis.add_target(shape, name, abs(weight))
    for name in basis.targets:
        if name.startswith("asym/"):
            basis.add_target(shape, name, max(0.0, rng.normal() * ASYMMETRY))
