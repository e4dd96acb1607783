"""The shape of a subject's head: gender, age, build and ancestry weigh the targets of the basis; features vary."""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.basis import HeadBasis

RACES = ("african", "asian", "caucasian")  # as the targets are called
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

    @property
    def darkness(self) -> float:
        """Share of the races whose hair and eyes are nearly always dark."""
        return self.race["african"] + self.race["asian"]


# The average head, on which everything painted is placed.
AVERAGE = Traits(0.5, 0.55, 0.5, 0.5, dict.fromkeys(RACES, 1 / 3))


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
