"""What a demo subject is, from which head, hair and skin follow: gender, age, build and ancestry."""

from dataclasses import dataclass

import numpy as np

RACES = ("african", "asian", "caucasian")


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


def average_traits() -> Traits:
    """Return the traits of the average head, on which everything painted is placed."""
    return Traits(0.5, 0.55, 0.5, 0.5, dict.fromkeys(RACES, 1 / 3))
