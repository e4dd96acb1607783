"""Speech: the mouth's poses of sounds (visemes), one syllable after another, with pauses.

Ranges follow face units measured while people read without emotion (5th and 95th percentile: jawOpen .02 to .48,
mouthLowerDown .04 to .52, mouthStretch .16 to .36, mouthFunnel .07 to .25, mouthPucker .02 to .22).
"""

import numpy as np

from videofer.datasets.rendered.animation import sided_units

MOUTH_UNITS = ("mouth", "jaw")  # beginnings of the names of the units that speech moves
VOWELS = {
    "a": {"jawOpen": 0.45, "mouthLowerDown*": 0.30, "mouthUpperUp*": 0.20},
    "e": {"jawOpen": 0.18, "mouthStretch*": 0.35, "mouthLowerDown*": 0.40, "mouthUpperUp*": 0.20},
    "i": {"jawOpen": 0.10, "mouthStretch*": 0.40, "mouthLowerDown*": 0.35, "mouthUpperUp*": 0.15},
    "o": {"jawOpen": 0.35, "mouthFunnel": 0.45, "mouthPucker": 0.20},
    "u": {"jawOpen": 0.15, "mouthPucker": 0.60, "mouthFunnel": 0.25},
}
CONSONANTS = {
    "m": {"mouthPress*": 0.40, "mouthRollUpper": 0.15, "mouthRollLower": 0.15},
    "f": {"jawOpen": 0.10, "mouthRollLower": 0.35, "mouthUpperUp*": 0.30},
    "s": {"jawOpen": 0.08, "mouthLowerDown*": 0.45, "mouthUpperUp*": 0.25, "mouthStretch*": 0.20},
    "l": {"jawOpen": 0.28, "mouthLowerDown*": 0.25, "mouthUpperUp*": 0.10},
    "k": {"jawOpen": 0.15, "mouthLowerDown*": 0.15},
}


def speak(units: list[str], frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
    """Draw what speech of 4 to 6 syllables a second adds to the face units: float32 (frames, units)."""
    rate, loudness = rng.uniform(4, 6), rng.uniform(0.4, 1.25)
    moments, poses = [-0.5], [np.zeros(len(units), dtype=np.float32)]
    second, end = rng.uniform(-0.3, 0.4), frames / fps
    while second < end:
        for sounds in (CONSONANTS, VOWELS):
            pose = _shape_mouth(units, sounds[str(rng.choice(list(sounds)))])
            moments.append(second)
            poses.append(pose * np.float32(loudness * rng.uniform(0.6, 1.3)))
            second += rng.uniform(0.8, 1.2) / (2 * rate)
        if rng.random() < 0.12:  # a pause for breath
            moments += [second, second + rng.uniform(0.15, 0.4)]
            poses += [poses[0], poses[0]]
            second = moments[-1] + 1 / rate
    at, table = np.arange(frames) / fps, np.stack(poses)
    said = np.zeros((frames, len(units)), dtype=np.float32)
    for unit in np.flatnonzero(table.any(axis=0)):
        said[:, unit] = np.interp(at, moments, table[:, unit])
    return said


def _shape_mouth(units: list[str], pose: dict[str, float]) -> np.ndarray:
    """Return the activation float32 (units,) of a viseme."""
    activation = np.zeros(len(units), dtype=np.float32)
    for unit, value in pose.items():
        for name in sided_units(unit):
            activation[units.index(name)] = value
    return activation
