"""The style `acted`: people who speak while they feel, whose faces are never at rest alike, and who look about.

Each class has several ways to show it, drawn by how often people do. The shares and weights follow two tables:
action units in posed expressions of 230 people (Du, Tao and Martinez 2014, PNAS 111, E1454, table 1) and in acted
speech of 24 actors (averages of public readings by OpenFace of RAVDESS, Livingstone and Russo 2018): anger often
without pressed lips and often shouting, sadness more by lowered and raised inner brows than by the mouth, fear as
often by the mouth as by the eyes, surprise often without brows.
"""

from dataclasses import dataclass

import numpy as np

from videofer.core.study import NEUTRAL
from videofer.datasets.rendered.animation import (
    BLINK_HALF_WIDTH,
    DEFAULT_LIMIT,
    FACE_UNITS,
    LIMITS,
    MICRO_MOVEMENTS,
    Difficulty,
    Performance,
    draw_weights,
    drift,
    sided_units,
)  # fmt: skip
from videofer.datasets.rendered.geometry import smoothstep
from videofer.datasets.rendered.speech import MOUTH_UNITS, speak

# Action units that the posed style does without.
ACTED_UNITS = FACE_UNITS | {
    14: {"mouthDimple*": 1.0},
    24: {"mouthPress*": 0.7, "mouthRollUpper": 0.3, "mouthRollLower": 0.3},
    27: {"jawOpen": 1.1, "mouthLowerDown*": 0.3},
}
Way = dict[int, tuple[float, float]]  # action unit -> (weight, probability)
# Class -> ways to show it, each with its share.
WAYS: dict[str, tuple[tuple[float, Way], ...]] = {
    "angry": (
        (0.25, {4: (1.0, 1.0), 7: (0.7, 0.8), 24: (0.9, 0.7), 23: (0.6, 0.4), 17: (0.5, 0.5), 5: (0.4, 0.3)}),
        (0.25, {
            4: (1.0, 1.0), 7: (0.8, 0.8), 10: (0.9, 0.9), 25: (1.1, 1.0), 16: (0.8, 0.7), 26: (0.4, 0.5),
            9: (0.5, 0.5), 20: (0.5, 0.5),
        }),
        (0.35, {  # shouting
            4: (1.1, 1.0), 7: (0.8, 0.8), 9: (0.6, 0.6), 10: (1.0, 0.9), 25: (1.1, 1.0), 16: (0.8, 0.8),
            27: (0.8, 1.0), 20: (0.4, 0.4), 6: (0.5, 0.4), 5: (0.5, 0.25),
        }),
        (0.15, {4: (1.1, 1.0), 7: (0.6, 0.7), 5: (0.6, 0.4), 10: (0.3, 0.3)}),
    ),
    "disgust": (
        (0.35, {9: (1.0, 1.0), 4: (0.6, 0.6), 7: (0.6, 0.6), 10: (0.8, 0.8), 17: (0.4, 0.3), 25: (0.8, 0.5)}),
        (0.30, {
            10: (1.0, 1.0), 9: (0.4, 0.5), 17: (0.6, 0.6), 15: (0.5, 0.5), 4: (0.5, 0.5), 7: (0.4, 0.5),
            16: (0.4, 0.3),
        }),
        (0.35, {
            9: (0.9, 1.0), 10: (1.0, 0.9), 25: (1.0, 1.0), 20: (0.5, 0.5), 16: (0.7, 0.6), 4: (0.5, 0.6),
            7: (0.6, 0.6), 6: (0.4, 0.4), 15: (0.4, 0.4),
        }),
    ),
    "fear": (
        (0.40, {
            1: (1.0, 1.0), 2: (0.6, 0.6), 4: (0.7, 1.0), 5: (1.0, 0.95), 20: (1.0, 1.0), 25: (0.7, 0.8),
            26: (0.4, 0.7),
        }),
        (0.30, {20: (0.9, 1.0), 25: (0.7, 0.9), 26: (0.4, 0.6), 4: (0.6, 0.8), 1: (0.6, 0.8), 5: (0.4, 0.5)}),
        (0.30, {1: (0.9, 1.0), 2: (0.4, 0.4), 4: (0.8, 1.0), 5: (0.9, 0.9), 20: (0.5, 0.6), 25: (0.5, 0.6)}),
    ),
    "happy": (
        (0.40, {6: (0.8, 0.9), 12: (1.0, 1.0), 25: (1.0, 0.9), 16: (0.3, 0.4), 10: (0.4, 0.3)}),
        (0.30, {12: (0.7, 1.0), 6: (0.4, 0.5), 14: (0.3, 0.3)}),  # with closed lips
        (0.15, {12: (1.0, 1.0), 6: (0.8, 1.0), 25: (1.1, 1.0), 26: (0.6, 0.8), 7: (0.5, 0.5), 10: (0.5, 0.4)}),
        (0.15, {12: (0.9, 1.0), 25: (0.8, 1.0), 6: (0.3, 0.3), 2: (0.3, 0.2)}),  # of the mouth alone
    ),
    "sad": (
        (0.30, {1: (0.8, 1.0), 4: (0.6, 0.9), 7: (0.3, 0.4), 15: (0.3, 0.3)}),
        (0.30, {1: (0.8, 0.9), 4: (0.6, 0.8), 15: (0.9, 1.0), 17: (0.5, 0.6)}),
        (0.15, {15: (0.9, 1.0), 17: (0.6, 0.7), 4: (0.4, 0.5)}),
        (0.25, {  # crying
            1: (0.7, 0.9), 4: (0.9, 1.0), 6: (0.7, 0.8), 7: (0.7, 0.8), 10: (0.5, 0.6), 15: (0.5, 0.5),
            20: (0.6, 0.6), 25: (0.8, 0.7), 17: (0.5, 0.5),
        }),
    ),
    "surprise": (
        (0.40, {1: (1.0, 1.0), 2: (1.0, 1.0), 5: (0.9, 0.8), 26: (0.9, 0.95), 25: (0.3, 0.5)}),
        (0.25, {1: (0.5, 0.9), 2: (0.6, 1.0), 25: (0.3, 0.5), 26: (0.4, 0.6), 5: (0.4, 0.5)}),
        (0.20, {26: (0.8, 1.0), 25: (0.4, 0.5), 5: (0.5, 0.5), 2: (0.4, 0.5)}),
        (0.15, {1: (0.7, 0.9), 2: (0.8, 1.0), 5: (0.6, 0.7), 25: (0.7, 0.8), 26: (0.5, 0.7), 12: (0.4, 0.6)}),
    ),
    NEUTRAL: ((1.0, {}),),
}  # fmt: skip
# Classes that people mix into one another.
MIXED = {
    "angry": ("disgust", "sad"), "disgust": ("angry", "sad"), "fear": ("surprise", "sad"),
    "happy": ("surprise",), "sad": ("angry", "fear", "disgust"), "surprise": ("fear", "happy"),
}  # fmt: skip
SPEAKING = {"surprise": 0.6, NEUTRAL: 0.6}  # probability that a clip has speech; otherwise:
SPEAKING_OTHERS = 0.75
# Face unit -> mean and standard deviation over people of its activation at rest; a negative one is the opposite.
RESTING = {
    "browDown*": (0.03, 0.26), "browOuterUp*": (0.0, 0.18), "browInnerUp": (0.0, 0.20), "eyeSquint*": (0.08, 0.20),
    "eyeWide*": (0.0, 0.12), "cheekSquint*": (0.0, 0.12), "noseSneer*": (0.0, 0.08), "mouthFrown*": (0.05, 0.18),
    "mouthSmile*": (0.0, 0.07), "mouthPress*": (0.0, 0.15), "mouthStretch*": (0.0, 0.10),
    "mouthDimple*": (0.0, 0.12), "mouthUpperUp*": (0.0, 0.08), "mouthLowerDown*": (0.0, 0.08),
    "mouthShrugLower": (0.0, 0.10), "mouthRollLower": (0.0, 0.10), "mouthRollUpper": (0.0, 0.10),
    "mouthPucker": (0.0, 0.06), "jawOpen": (0.0, 0.04),
}  # fmt: skip
OPPOSITE = -0.3  # the least of those that move skin over bone; lips and jaw have no opposite
LOPSIDED = 0.35  # difference of the sides at rest, in standard deviations
# Degrees of yaw, pitch and roll: standard deviation and largest of the head's position, and of its movement.
HEAD, HEAD_MOST, NOD = (11.0, 10.0, 6.0), (25.0, 18.0, 12.0), (4.0, 3.5, 3.0)


@dataclass(frozen=True)
class Levers:
    """What sets acting apart from posing; each can be left out, to measure what it is worth (docs/people.md)."""

    ways: bool = True  # several ways to show a class; else the textbook's
    speech: bool = True
    rest_faces: bool = True  # tense, lopsided ones; else faces nearly without expression
    head: bool = True  # the head is turned and moves; else it faces the camera
    light: bool = True  # any light, background, lens and loss; else a studio's
    teeth: bool = True  # a mouth with bright teeth; else that of the posed style
    scanned: bool = True  # heads of scanned people; else the designed ones of the posed style


ALL = Levers()


@dataclass(frozen=True)
class Acted:
    """A performance, and where its emotion is whole: frames `start` to `stop` (excluded).

    The face is at rest in frame 0. All of a neutral clip is whole.
    """

    performance: Performance
    start: int
    stop: int


def draw_rest(units: list[str], rng: np.random.Generator, levers: Levers = ALL) -> np.ndarray:
    """Draw a resting face: the activation float32 (units,) of each face unit, tense or lopsided as people's are."""
    rest = np.zeros(len(units), dtype=np.float32)
    if not levers.rest_faces:
        return rest
    for unit, (mean, spread) in RESTING.items():
        value = rng.normal(mean, spread)
        least = OPPOSITE if unit.startswith(("brow", "eye")) else 0.0
        for name, side in sided_units(unit).items():
            uneven = rng.normal() * LOPSIDED * spread if side else 0.0
            rest[units.index(name)] = max(least, value + uneven)
    return rest


def draw_way(label: str, rng: np.random.Generator) -> dict[int, float]:
    """Draw how strongly each action unit takes part in a performance of the class `label`."""
    ways = WAYS[label]
    shares = np.array([share for share, _ in ways])
    chosen = ways[rng.choice(len(ways), p=shares / shares.sum())][1]
    intensity = rng.uniform(0.4, 1.5)
    weights = {}
    for unit, (weight, probability) in chosen.items():
        if rng.random() < probability:
            weights[unit] = weight * intensity * float(np.clip(rng.normal(1, 0.35), 0.2, 1.7))
    if label in MIXED and rng.random() < 0.15:
        other = draw_way(str(rng.choice(MIXED[label])), rng)
        share = rng.uniform(0.1, 0.35)
        weights = {unit: max(weights.get(unit, 0), share * other.get(unit, 0)) for unit in {*weights, *other}}
        weights = dict(sorted(weights.items()))
    return weights


def act(
    label: str, units: list[str], rest: np.ndarray, fps: float, rng: np.random.Generator, levers: Levers = ALL
) -> Acted:
    """Draw one performance of `label`, one of WAYS, by a person whose resting face is `rest` (units,)."""
    duration = rng.uniform(1.8, 3.2)
    frames = round(duration * fps)
    time = np.arange(frames) / fps
    onset, rise = rng.uniform(0.06, 0.35), rng.uniform(0.15, 0.45)
    offset, fall = duration - rng.uniform(0.3, 0.5), rng.uniform(0.15, 0.3)
    # Every unit is at rest in frame 0, rises, comes and goes while the expression lasts, and returns.
    felt = np.zeros((frames, len(units)), dtype=np.float32)
    breath = 1 + 0.2 * drift(rng, frames, round(fps / 2))
    envelope = smoothstep(time, onset, onset + rise) * (1 - smoothstep(time, offset, offset + fall))
    posed = not levers.ways and label != NEUTRAL
    for unit, weight in (draw_weights(label, rng, Difficulty()) if posed else draw_way(label, rng)).items():
        delay = np.clip(rng.normal() * 0.05, -0.05, 0.12)
        up = smoothstep(time, onset + delay, onset + delay + rise * rng.uniform(0.8, 1.3))
        down = smoothstep(time, offset - max(0, delay), offset + fall)
        wax = np.clip(breath + 0.12 * drift(rng, frames, round(fps / 4)), 0.35, 1.3)
        skew = np.clip(rng.normal() * 0.2, -0.6, 0.6)
        felt += (up * (1 - down) * wax)[:, None] * _activate(units, unit, weight, skew)
    for unit in MICRO_MOVEMENTS:
        strength = np.abs(drift(rng, frames, round(fps / 4))) * 0.03 * rng.random()
        felt += strength[:, None] * _activate(units, unit, 1.0, 0.0)

    activations = rest + felt
    if levers.speech and rng.random() < SPEAKING.get(label, SPEAKING_OTHERS):
        said = speak(units, frames, fps, rng)
        # A mouth that speaks gives up part of what it shows: lips that close on a "b" leave the smile's corners.
        mouth = [unit.startswith(MOUTH_UNITS) for unit in units]
        busy = np.clip(said[:, mouth].sum(axis=1, keepdims=True) * 2, 0, 1)
        activations[:, mouth] *= 1 - rng.uniform(0, 0.5) * busy
        activations += said
    bare = [unit.removesuffix("Left").removesuffix("Right") for unit in units]
    limits = np.array([LIMITS.get(unit, DEFAULT_LIMIT) for unit in bare])
    activations = np.clip(activations, np.minimum(rest, 0), limits)
    _blink_and_look(activations, units, bare, time, rng)
    performance = Performance(
        activations=activations.astype(np.float32), envelope=envelope,
        apex=round((onset + rise + offset) / 2 * fps),
        pose=_move_head(frames, fps, rng) * (1.0 if levers.head else 0.25),
    )  # fmt: skip
    whole = (0, frames) if label == NEUTRAL else (round((onset + rise) * fps), round((offset - 0.1) * fps))
    return Acted(performance, *whole)


def _activate(units: list[str], action_unit: int, weight: float, skew: float) -> np.ndarray:
    """Return the activation (units,) of each face unit for an action unit of ACTED_UNITS; skew: left over right."""
    activation = np.zeros(len(units), dtype=np.float32)
    for unit, gain in ACTED_UNITS[action_unit].items():
        for name, side in sided_units(unit).items():
            activation[units.index(name)] = weight * gain * (1 + side * skew)
    return activation


def _blink_and_look(
    activations: np.ndarray, units: list[str], bare: list[str], time: np.ndarray, rng: np.random.Generator
) -> None:
    """Shut the eyes now and then, at any time, and let both look aside together; in place."""
    closed = np.zeros(len(time))
    for middle in rng.uniform(0, time[-1], rng.poisson(0.4 * time[-1])):
        closed = np.maximum(closed, np.clip(1.4 - np.abs(time - middle) / BLINK_HALF_WIDTH, 0, 1))
    if rng.random() < 0.1:  # lids that hang
        closed = np.maximum(closed, rng.uniform(0.1, 0.4))
    activations[:, [unit == "eyeBlink" for unit in bare]] += closed[:, None]
    activations[:, [unit in ("eyeWide", "eyeSquint") for unit in bare]] *= 1 - closed[:, None]
    steps = np.cumsum(rng.normal(size=(len(time), 2)) * (rng.random((len(time), 2)) < 0.06), axis=0)
    sideways, upwards = (rng.normal(size=2) * [0.15, 0.1] + steps * [0.2, 0.12]).T
    for names, amount in (
        (("InLeft", "OutRight"), sideways), (("OutLeft", "InRight"), -sideways),
        (("UpLeft", "UpRight"), upwards), (("DownLeft", "DownRight"), -upwards),
    ):  # fmt: skip
        for name in names:
            activations[:, units.index(f"eyeLook{name}")] += np.clip(amount, 0, 0.5)


def _move_head(frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the head's pose (T, 5), see Performance: how it is held, and how it moves in speaking."""
    held = np.clip(rng.normal(size=3) * HEAD, -np.array(HEAD_MOST), HEAD_MOST)
    moved = np.stack([drift(rng, frames, round(fps / 3)) for _ in range(5)], axis=1)
    turned = np.clip(held + moved[:, :3] * NOD * rng.uniform(0.2, 1.0), -np.array(HEAD_MOST), HEAD_MOST)
    return np.concatenate([np.radians(turned), moved[:, 3:] * [1.5, 1.2]], axis=1)
