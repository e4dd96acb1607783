"""Wrinkles that come and go with the face units: where they lie on the head, and what makes them show."""

import numpy as np

from videofer.datasets.rendered.action_units import sided_units
from videofer.datasets.rendered.geometry import smoothstep

# Wrinkle -> {face unit: how far it deepens the wrinkle}; the strongest unit counts; "*" stands for Left and Right.
WRINKLES = {
    "forehead": {"browOuterUp*": 1.0},
    "inner_forehead": {"browInnerUp": 1.0},
    "frown": {"browDown*": 1.0},
    "nose": {"noseSneer*": 1.0},
    "nasolabial": {"noseSneer*": 1.0, "mouthSmile*": 1.0, "mouthUpperUpLeft": 0.7},
    "crow": {"cheekSquint*": 1.0, "eyeSquint*": 0.6},
}
DEEPEST = 0.30  # share of the light that the deepest wrinkle takes away


def wrinkle_depths(units: list[str], activations: np.ndarray) -> np.ndarray:
    """Return how deep each wrinkle is, (T, wrinkles), for face units `activations` (T, units)."""
    depths = [
        np.max(
            [activations[:, units.index(n)] * gain for u, gain in causes.items() for n in sided_units(u)], axis=0
        )
        for causes in WRINKLES.values()
    ]
    return DEEPEST * np.clip(np.stack(depths, axis=1), 0, 1).astype(np.float32)


def draw_wrinkles(at: np.ndarray, age: float, rng: np.random.Generator) -> np.ndarray:
    """Return the wrinkles (n, wrinkles), 0..1, at positions (n, 3) on the average head; age 0.5 young .. 1 old."""
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    front = z > 0.8
    bend = 0.012 * np.sin(3 * at[:, 0] + rng.uniform(0, 6)) + 0.3 * x * x * rng.uniform(-0.1, 0.1)
    lines = np.clip(np.sin((y - 7.62 + bend) / 0.085 * 2 * np.pi), 0, 1) ** 5
    lines = lines * (1 - 0.4 * np.sin(5 * at[:, 0] + rng.uniform(0, 6)) ** 2)
    lines = lines * smoothstep(y, 7.58, 7.66) * (1 - smoothstep(y, 7.86, 7.96)) * front
    forehead = lines * (1 - smoothstep(x, 0.35, 0.55))
    inner = lines * (1 - smoothstep(x, 0.13, 0.30))
    frown = np.exp(-(((x - 0.055) / 0.016) ** 2)) * smoothstep(y, 7.38, 7.45) * (1 - smoothstep(y, 7.52, 7.62))
    frown = (frown + 0.5 * np.exp(-(((y - 7.37) / 0.02) ** 2)) * (x < 0.07)) * front
    nose = np.exp(-(((x - 0.075) / 0.02) ** 2) - ((y - 7.22) / 0.08) ** 2) * front
    nose = nose + np.exp(-(((y - 7.30) / 0.02) ** 2)) * (1 - smoothstep(x, 0.04, 0.09)) * front
    fold = 0.19 + 0.16 * (7.0 - y) / 0.38
    nasolabial = np.exp(-(((x - fold) / 0.026) ** 2)) * smoothstep(y, 6.6, 6.72)
    nasolabial = nasolabial * (1 - smoothstep(y, 6.98, 7.06)) * front
    angle, radius = np.arctan2(y - 7.32, x - 0.40), np.hypot(y - 7.32, x - 0.40)
    crow = np.clip(np.cos(angle * 9), 0, 1) ** 6 * smoothstep(radius, 0.06, 0.1)
    crow = crow * (1 - smoothstep(radius, 0.14, 0.22)) * (np.abs(angle) < 0.9) * (z > 0.5)
    depth = 0.55 + 0.9 * (age - 0.5)
    return depth * np.stack([forehead, inner, frown, nose, nasolabial, crow], axis=1).astype(np.float32)
