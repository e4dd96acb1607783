"""A demo subject: head shape, skin, hair and eyes, drawn from the head basis with a seed."""

from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.datasets.rendered.action_units import activate_units
from videofer.datasets.rendered.basis import HeadBasis, load_basis
from videofer.datasets.rendered.clip_list import parse_subject_number
from videofer.datasets.rendered.hair import draw_style, grow_hair
from videofer.datasets.rendered.occlusion import ambient_occlusion
from videofer.datasets.rendered.texture import paint_head
from videofer.datasets.rendered.traits import Traits, average_traits, draw_traits

# Standard deviation of the weight of a pair of opposite local targets; more than this draws caricatures.
LOCAL_SPREAD = {
    "head": 0.17,
    "forehead": 0.25,
    "eyebrows": 0.30,
    "eyes": 0.25,
    "nose": 0.30,
    "mouth": 0.25,
    "ears": 0.30,
    "chin": 0.27,
    "cheek": 0.30,
}
# Mean weight of some pairs: the average skull of the targets is tall.
LOCAL_MEAN = {"forehead-scale-vert": -0.35}
ASYMMETRY = 0.12
OPPOSITES = {
    "incr": "decr",
    "up": "down",
    "in": "out",
    "convex": "concave",
    "forward": "backward",
    "compress": "uncompress",
}
# Action units that a subject's resting face may show a trace of.
RESTING_UNITS = (4, 7, 12, 15, 17, 26)


def shape_head(basis: HeadBasis, traits: Traits) -> np.ndarray:
    """Return the vertices (V, 3) of a head with `traits`: the base and its weighted macro targets."""
    genders = {"male": traits.gender, "female": 1 - traits.gender}
    ages = {"old": (traits.age - 0.5) / 0.5}
    ages["young"] = 1 - ages["old"]
    muscles, weights = _split_scale(traits.muscle, "muscle"), _split_scale(traits.weight, "weight")
    shape = basis.base.copy()
    for gender, gender_share in genders.items():
        for age, age_share in ages.items():
            share = gender_share * age_share
            for race, race_share in traits.race.items():
                basis.add_target(shape, f"macro/{race}-{gender}-{age}", share * race_share)
            for muscle, muscle_share in muscles.items():
                for weight, weight_share in weights.items():
                    target = f"macro/universal-{gender}-{age}-{muscle}-{weight}"
                    basis.add_target(shape, target, share * muscle_share * weight_share)
    return shape


def _split_scale(value: float, what: str) -> dict[str, float]:
    """Split 0..1 into shares of the targets at 0 (min), 0.5 (average) and 1 (max)."""
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {f"min{what}": low, f"average{what}": 1 - low - high, f"max{what}": high}


def vary_features(basis: HeadBasis, shape: np.ndarray, rng: np.random.Generator) -> None:
    """Move nose, mouth, eyes and so on of `shape` (V, 3) at random, in place; both sides of a face alike."""
    pairs: dict[tuple[str, str], dict[str, list[str]]] = {}
    endings = {*OPPOSITES, *OPPOSITES.values()}
    for name in basis.targets:
        folder, local = name.split("/", 1)
        if folder in LOCAL_SPREAD:
            stem, _, ending = local.removeprefix("l-").removeprefix("r-").rpartition("-")
            key = (folder, stem if ending in endings else f"{stem}-{ending}")
            pairs.setdefault(key, {}).setdefault(ending if ending in endings else "on", []).append(name)
    for (folder, stem), directions in pairs.items():
        weight = LOCAL_MEAN.get(stem, 0.0) + rng.normal() * LOCAL_SPREAD[folder]
        weight = float(np.clip(weight, -1, 1))
        chosen = sorted(directions)[0 if weight < 0 else -1]
        if chosen == "on":  # a target with no opposite: only a clear draw has an effect
            weight = max(0.0, weight - 0.3)
        for name in directions[chosen]:
            basis.add_target(shape, name, abs(weight))
    for name in basis.targets:
        if name.startswith("asym/"):
            basis.add_target(shape, name, max(0.0, rng.normal() * ASYMMETRY))


def draw_identity(subject: str, seed: int, out_path: str | Path) -> None:
    """Draw the subject "S001" of the data set with `seed` and write it as an artifact of the format "identity".

    Arrays: shape (V, 3) vertices with hair volume; rest (52,) resting face units; texture uint8 (H, W, channels)
    and colours, see texture.py; hair_vertices (H, 3), hair_triangles (T, 3): the hair that hangs, may be none;
    occlusion (V + H,): share of the sky that a vertex sees.
    """
    basis = load_basis()
    rng = np.random.default_rng([seed, parse_subject_number(subject)])
    traits = draw_traits(rng)
    shape = shape_head(basis, traits)
    vary_features(basis, shape, rng)
    rest = sum(
        max(0.0, rng.normal() * 0.07 - 0.03) * activate_units(basis.units, {unit: 1.0}) for unit in RESTING_UNITS
    )
    average = shape_head(basis, average_traits())
    style = draw_style(traits, rng)
    painted = paint_head(basis, average, traits, style, rng)
    shape, hair_vertices, hair_triangles = grow_hair(basis, average, shape, style)
    triangles = np.concatenate([basis.corner_vertex[basis.triangles], hair_triangles + len(shape)])
    arrays = {
        "shape": shape,
        "rest": rest.astype(np.float32),
        **painted.as_arrays(),
        "hair_vertices": hair_vertices,
        "hair_triangles": hair_triangles,
        "occlusion": ambient_occlusion(np.concatenate([shape, hair_vertices]), triangles, directions=32),
    }
    parameters = {"subject": subject, "seed": seed, "gender": round(traits.gender, 3), "age": round(traits.age, 3)}
    write_arrays(out_path, "identity", arrays, parameters)


def read_identity(path: str | Path) -> dict[str, np.ndarray]:
    """Read an artifact of `draw_identity`."""
    return dict(read_arrays(path, "identity"))
