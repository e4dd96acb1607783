"""The time course of a clip: from an emotion to facial muscles, to face units of the head, to wrinkles.

Action units (AU) are those of the Facial Action Coding System; the prototypes follow EMFACS (Ekman, Friesen,
Hager: "Facial Action Coding System: Investigator's Guide", 2002). The face units carry the names of Apple's
ARKit blend shapes; a "*" in them stands for Left and Right.
"""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.geometry import smoothstep

# AU -> {face unit: gain}.
FACE_UNITS = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp*": 1.0},
    4: {"browDown*": 1.0},
    5: {"eyeWide*": 1.0},
    6: {"cheekSquint*": 1.0, "eyeSquint*": 0.35},
    7: {"eyeSquint*": 1.0},
    9: {"noseSneer*": 1.0},
    10: {"mouthUpperUp*": 1.0},
    12: {"mouthSmile*": 1.0},
    15: {"mouthFrown*": 1.0},
    16: {"mouthLowerDown*": 1.0},
    17: {"mouthShrugLower": 1.0},
    20: {"mouthStretch*": 1.0},
    # Pressing and rolling the lips at full weight lets them pass through the teeth.
    # mouthPress also lifts the corners of the mouth, which a trace of mouthFrown takes back.
    23: {"mouthPress*": 0.4, "mouthRollUpper": 0.35, "mouthRollLower": 0.45, "mouthFrown*": 0.2},
    25: {"mouthLowerDown*": 0.8, "mouthUpperUp*": 0.8},
    26: {"jawOpen": 0.75},
    45: {"eyeBlink*": 1.0},
}
# Face units that leave the range where they look like a face before 1.3.
LIMITS = {
    "browDown": 1.1,
    "cheekSquint": 0.9,
    "eyeSquint": 0.7,
    "jawOpen": 0.9,
    "mouthFrown": 1.2,
    "mouthSmile": 1.2,
    "noseSneer": 1.15,
}
DEFAULT_LIMIT = 1.3

# Emotion -> {AU: (weight, probability that a performance has it)}.
PROTOTYPES = {
    "angry": {4: (1.0, 1.0), 5: (0.5, 0.6), 7: (0.7, 0.9), 23: (0.9, 0.9), 17: (0.3, 0.4)},
    "disgust": {9: (1.0, 1.0), 10: (0.7, 0.6), 4: (0.4, 0.5), 7: (0.4, 0.4), 15: (0.6, 0.6), 16: (0.5, 0.6)},
    "fear": {
        1: (1.0, 1.0), 2: (0.7, 0.8), 4: (0.6, 0.85), 5: (1.0, 0.95), 7: (0.3, 0.5), 20: (1.0, 1.0),
        25: (0.5, 0.5), 26: (0.3, 0.6),
    },
    "happy": {6: (0.8, 0.9), 12: (1.15, 1.0), 25: (0.6, 0.6)},
    "sad": {1: (1.0, 1.0), 4: (0.6, 0.8), 15: (1.0, 1.0), 17: (0.5, 0.5)},
    "surprise": {1: (1.0, 1.0), 2: (1.0, 1.0), 5: (0.9, 0.95), 26: (0.95, 0.95)},
}  # fmt: skip
# Emotions whose traces people mix into another one.
NEIGHBOURS = {
    "angry": ("disgust", "sad"),
    "disgust": ("angry", "sad"),
    "fear": ("surprise", "sad"),
    "happy": ("surprise", "disgust"),
    "sad": ("angry", "fear"),
    "surprise": ("fear", "happy"),
}
# Wrinkle -> {face unit: how far it deepens the wrinkle}; the strongest unit counts.
WRINKLES = {
    "forehead": {"browOuterUp*": 1.0},
    "inner_forehead": {"browInnerUp": 1.0},
    "frown": {"browDown*": 1.0},
    "nose": {"noseSneer*": 1.0},
    "nasolabial": {"noseSneer*": 1.0, "mouthSmile*": 1.0, "mouthUpperUpLeft": 0.7},
    "crow": {"cheekSquint*": 1.0, "eyeSquint*": 0.6},
}
DEEPEST = 0.30  # share of the light that the deepest wrinkle takes away
BLINK_HALF_WIDTH = 0.12  # seconds from open to shut
MICRO_MOVEMENTS = (1, 4, 12, 15, 17, 20)  # action units that never rest entirely


@dataclass(frozen=True)
class Difficulty:
    """How varied the performances are; the defaults give a task that is neither trivial nor hopeless."""

    duration: tuple[float, float] = (1.5, 2.5)  # seconds: shortest, longest
    intensity: tuple[float, float] = (0.85, 1.3)  # peak strength: weakest, strongest; 1 is the textbook's
    micro: float = 0.025  # strength of resting movements
    blinks: float = 0.25  # per second
    gaze: float = 0.5  # scale of eye movements


@dataclass(frozen=True)
class Performance:
    """What a head does in a clip of T frames."""

    activations: np.ndarray  # (T, units)
    envelope: np.ndarray  # (T,) 0 neutral .. 1 apex
    apex: int  # the frame in the middle of the apex
    pose: np.ndarray  # (T, 5) yaw, pitch, roll in radians; x, y in pixels of a 256-line frame


def sided_units(unit: str) -> dict[str, int]:
    """Return the names behind a face unit and their sides: left 1, right -1, neither 0."""
    return {f"{unit[:-1]}Left": 1, f"{unit[:-1]}Right": -1} if unit.endswith("*") else {unit: 0}


def activate_unit(units: list[str], action_unit: int, weight: float = 1.0, skew: float = 0.0) -> np.ndarray:
    """Return the activation float32 of each of the face units `units` for an action unit of strength `weight`.

    `skew` in -1..1 makes the left side of the face move more (and the right one less) by that share.
    """
    activation = np.zeros(len(units), dtype=np.float32)
    for unit, gain in FACE_UNITS[action_unit].items():
        for name, side in sided_units(unit).items():
            activation[units.index(name)] = weight * gain * (1 + side * skew)
    return activation


def drift(rng: np.random.Generator, frames: int, half_width: int) -> np.ndarray:
    """Return smooth noise (frames,) of unit variance whose samples forget each other after 2 * half_width."""
    window = np.hanning(2 * half_width + 3)[1:-1]
    noise = rng.standard_normal(frames + len(window) - 1)
    return np.convolve(noise, window / np.sqrt((window**2).sum()), mode="valid")


def perform(
    label: str, units: list[str], rest: np.ndarray, fps: float, rng: np.random.Generator, difficulty: Difficulty
) -> Performance:
    """Draw one performance of the emotion `label` by a subject whose resting face is `rest` (units,)."""
    duration = rng.uniform(*difficulty.duration)
    frames = round(duration * fps)
    time = np.arange(frames) / fps
    onset, rise = duration * rng.uniform(0.10, 0.22), rng.uniform(0.20, 0.50)
    offset = duration * rng.uniform(0.62, 0.74)
    # Every action unit, late and slow ones included, is back at rest before the clip ends.
    fall = (duration - offset - 0.1) / 1.25 * rng.uniform(0.6, 0.95)

    activations = np.tile(rest * 0.6, (frames, 1))
    for action_unit, weight in draw_weights(label, rng, difficulty).items():
        delay = np.clip(rng.normal() * 0.04, -0.08, 0.08)
        up = smoothstep(time, onset + delay, onset + delay + rise * rng.uniform(0.8, 1.25))
        down = smoothstep(time, offset + delay, offset + delay + fall * rng.uniform(0.8, 1.25))
        skew = np.clip(rng.normal() * 0.10, -0.25, 0.25)
        activations += (up * (1 - down))[:, None] * activate_unit(units, action_unit, weight, skew)
    for action_unit in MICRO_MOVEMENTS:
        strength = np.abs(drift(rng, frames, round(fps / 4))) * difficulty.micro * rng.random()
        activations += strength[:, None] * activate_unit(units, action_unit)

    bare = [unit.removesuffix("Left").removesuffix("Right") for unit in units]
    activations = np.clip(activations, 0, [LIMITS.get(unit, DEFAULT_LIMIT) for unit in bare])
    # The apex lasts from the end of the rise to the start of the fall: no blink may reach into it.
    closed = draw_blinks(time, (onset + 0.5 * rise, offset + 0.5 * fall), difficulty.blinks, rng)[:, None]
    activations[:, [unit == "eyeBlink" for unit in bare]] += closed
    activations[:, [unit in ("eyeWide", "eyeSquint") for unit in bare]] *= 1 - closed
    _move_gaze(activations, units, rng, difficulty)
    rest_rotation = rng.normal(size=3) * [5, 4, 2.5] * 0.6
    sway = np.stack([drift(rng, frames, round(fps / 2)) for _ in range(5)], axis=1) * 0.45
    rotation = (rest_rotation + sway[:, :3] * [1.3, 1.0, 0.7]) * (np.pi / 180)
    return Performance(
        activations=activations.astype(np.float32),
        envelope=smoothstep(time, onset, onset + rise) * (1 - smoothstep(time, offset, offset + fall)),
        apex=round((onset + rise + offset) / 2 * fps),
        pose=np.concatenate([rotation, sway[:, 3:] * [0.8, 0.6]], axis=1),
    )


def draw_weights(label: str, rng: np.random.Generator, difficulty: Difficulty) -> dict[int, float]:
    """Draw how strongly each action unit takes part in one performance of the emotion `label`."""
    intensity = rng.uniform(*difficulty.intensity)
    weights = {}
    for action_unit, (weight, probability) in PROTOTYPES[label].items():
        if rng.random() < probability:
            spread = np.clip(rng.normal(1, 0.18), 0.4, 1.4)
            weights[action_unit] = weight * intensity * spread
    if rng.random() < 0.15:  # a neighbouring emotion shows through
        share = rng.uniform(0.1, 0.35)
        for action_unit, (weight, probability) in PROTOTYPES[rng.choice(NEIGHBOURS[label])].items():
            if rng.random() < 0.7 * probability:
                weights[action_unit] = max(weights.get(action_unit, 0), weight * share * intensity)
    return weights


def draw_blinks(time: np.ndarray, quiet: tuple[float, float], rate: float, rng: np.random.Generator) -> np.ndarray:
    """Draw how far the eyes are shut (T,), 0..1, at `time` (T,) in seconds, never between the times `quiet`."""
    closed = np.zeros_like(time)
    for _ in range(rng.poisson(rate * (time[-1] + 1))):
        middle = rng.uniform(0, time[-1])
        if not quiet[0] - BLINK_HALF_WIDTH < middle < quiet[1] + BLINK_HALF_WIDTH:
            closed = np.maximum(closed, np.clip(1 - np.abs(time - middle) / BLINK_HALF_WIDTH, 0, 1))
    return closed


def _move_gaze(activations: np.ndarray, units: list[str], rng: np.random.Generator, difficulty: Difficulty) -> None:
    """Let the gaze jump now and then; both eyes move together; in place."""
    frames = len(activations)
    sideways = np.cumsum(rng.normal(size=frames) * (rng.random(frames) < 0.06)) * 0.25 * difficulty.gaze
    upwards = np.cumsum(rng.normal(size=frames) * (rng.random(frames) < 0.05)) * 0.15 * difficulty.gaze
    for names, amount, most in (
        (("InLeft", "OutRight"), sideways, 0.6),
        (("OutLeft", "InRight"), -sideways, 0.6),
        (("UpLeft", "UpRight"), upwards, 0.4),
        (("DownLeft", "DownRight"), -upwards, 0.35),
    ):
        for name in names:
            activations[:, units.index(f"eyeLook{name}")] += np.clip(amount, 0, most)


def wrinkle_depths(units: list[str], activations: np.ndarray) -> np.ndarray:
    """Return how deep each wrinkle is, (T, wrinkles), for face units `activations` (T, units)."""
    depths = []
    for causes in WRINKLES.values():
        gains = {name: gain for unit, gain in causes.items() for name in sided_units(unit)}
        depths.append(np.max([activations[:, units.index(name)] * gain for name, gain in gains.items()], axis=0))
    return DEEPEST * np.clip(np.stack(depths, axis=1), 0, 1).astype(np.float32)
