"""The time course of a clip: neutral, onset, apex, offset, neutral, with blinks, gaze and sway."""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.action_units import NEIGHBOURS, PROTOTYPES, activate_units, limit_of, sided_units
from videofer.datasets.rendered.geometry import smoothstep

BLINK_HALF_WIDTH = 0.12  # seconds from open to shut
MICRO_MOVEMENTS = (1, 4, 12, 15, 17, 20)  # action units that never rest entirely


@dataclass(frozen=True)
class Difficulty:
    """How varied the performances are; the defaults give a task that is neither trivial nor hopeless."""

    duration: tuple[float, float] = (1.5, 2.5)  # seconds: shortest, longest
    intensity: tuple[float, float] = (0.85, 1.3)  # peak strength: weakest, strongest; 1 is the textbook's
    unit_spread: float = 0.18  # standard deviation of each action unit's strength
    skew: float = 0.10  # standard deviation of its left-right difference
    mixing_probability: float = 0.15  # how often a neighbouring emotion shows through
    mixing: tuple[float, float] = (0.1, 0.35)  # and how strongly
    micro: float = 0.025  # strength of resting movements
    sway: float = 0.45  # head movement, pixels and degrees
    pose: float = 0.6  # scale of the head's resting rotation
    blinks: float = 0.25  # per second
    gaze: float = 0.5  # scale of eye movements
    rest: float = 0.6  # scale of the subject's resting face


@dataclass(frozen=True)
class Performance:
    """What a head does in a clip of T frames."""

    activations: np.ndarray  # (T, units)
    envelope: np.ndarray  # (T,) 0 neutral .. 1 apex
    apex: int  # the frame in the middle of the apex
    rotation: np.ndarray  # (T, 3) yaw, pitch, roll in radians
    shift: np.ndarray  # (T, 2) pixels of a 256-line frame


def drift(rng: np.random.Generator, frames: int, half_width: int) -> np.ndarray:
    """Return smooth noise (frames,) of unit variance whose samples forget each other after 2 * half_width."""
    window = np.hanning(2 * half_width + 3)[1:-1]
    noise = rng.standard_normal(frames + len(window) - 1)
    return np.convolve(noise, window / np.sqrt((window**2).sum()), mode="valid")


def perform(
    label: str,
    units: list[str],
    rest: np.ndarray,
    fps: float,
    rng: np.random.Generator,
    difficulty: Difficulty,
) -> Performance:
    """Draw one performance of the emotion `label` by a subject whose resting face is `rest` (units,)."""
    duration = rng.uniform(*difficulty.duration)
    frames = round(duration * fps)
    time = np.arange(frames) / fps
    onset, rise = duration * rng.uniform(0.10, 0.22), rng.uniform(0.20, 0.50)
    offset = duration * rng.uniform(0.62, 0.74)
    # Every action unit, late and slow ones included, is back at rest before the clip ends.
    fall = (duration - offset - 0.1) / 1.25 * rng.uniform(0.6, 0.95)

    activations = np.tile(rest * difficulty.rest, (frames, 1))
    for action_unit, weight in draw_weights(label, rng, difficulty).items():
        delay = np.clip(rng.normal() * 0.04, -0.08, 0.08)
        up = smoothstep(time, onset + delay, onset + delay + rise * rng.uniform(0.8, 1.25))
        down = smoothstep(time, offset + delay, offset + delay + fall * rng.uniform(0.8, 1.25))
        skew = np.clip(rng.normal() * difficulty.skew, -0.25, 0.25)
        activations += (up * (1 - down))[:, None] * activate_units(units, {action_unit: weight}, skew)
    for action_unit in MICRO_MOVEMENTS:
        strength = np.abs(drift(rng, frames, round(fps / 4))) * difficulty.micro * rng.random()
        activations += strength[:, None] * activate_units(units, {action_unit: 1.0})

    apex_time = (onset + rise + offset) / 2
    activations = np.clip(activations, 0, [limit_of(unit) for unit in units])
    # The apex lasts from the end of the rise to the start of the fall: no blink may reach into it.
    quiet = (onset + 0.5 * rise, offset + 0.5 * fall)
    _blink(activations, units, time, quiet, rng, difficulty)
    _move_gaze(activations, units, rng, difficulty)
    degree = np.pi / 180
    rest_rotation = rng.normal(size=3) * [5, 4, 2.5] * difficulty.pose
    sway = np.stack([drift(rng, frames, round(fps / 2)) for _ in range(5)], axis=1) * difficulty.sway
    return Performance(
        activations=activations.astype(np.float32),
        envelope=(smoothstep(time, onset, onset + rise) * (1 - smoothstep(time, offset, offset + fall))),
        apex=round(apex_time * fps),
        rotation=(rest_rotation + sway[:, :3] * [1.3, 1.0, 0.7]) * degree,
        shift=sway[:, 3:] * [0.8, 0.6],
    )


def draw_weights(label: str, rng: np.random.Generator, difficulty: Difficulty) -> dict[int, float]:
    """Draw how strongly each action unit takes part in one performance of the emotion `label`."""
    intensity = rng.uniform(*difficulty.intensity)
    weights = {}
    for action_unit, (weight, probability) in PROTOTYPES[label].items():
        if rng.random() < probability:
            spread = np.clip(rng.normal(1, difficulty.unit_spread), 0.4, 1.4)
            weights[action_unit] = weight * intensity * spread
    if rng.random() < difficulty.mixing_probability:
        share = rng.uniform(*difficulty.mixing)
        for action_unit, (weight, probability) in PROTOTYPES[rng.choice(NEIGHBOURS[label])].items():
            if rng.random() < 0.7 * probability:
                weights[action_unit] = max(weights.get(action_unit, 0), weight * share * intensity)
    return weights


def _blink(
    activations: np.ndarray,
    units: list[str],
    time: np.ndarray,
    quiet: tuple[float, float],
    rng: np.random.Generator,
    difficulty: Difficulty,
) -> None:
    """Shut the eyes now and then, never between the times `quiet`; in place."""
    closed = np.zeros_like(time)
    for _ in range(rng.poisson(difficulty.blinks * (time[-1] + 1))):
        middle = rng.uniform(0, time[-1])
        if not quiet[0] - BLINK_HALF_WIDTH < middle < quiet[1] + BLINK_HALF_WIDTH:
            closed = np.maximum(closed, np.clip(1 - np.abs(time - middle) / BLINK_HALF_WIDTH, 0, 1))
    for unit in sided_units("eyeBlink*"):
        activations[:, units.index(unit)] += closed
    for unit in (*sided_units("eyeWide*"), *sided_units("eyeSquint*")):
        activations[:, units.index(unit)] *= 1 - closed


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
