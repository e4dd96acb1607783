"""From an emotion to facial muscles (action units) and from those to the head's face units.

Action units (AU) are those of the Facial Action Coding System; the prototypes follow EMFACS (Ekman, Friesen,
Hager: "Facial Action Coding System: Investigator's Guide", 2002). The face units carry the names of Apple's
ARKit blend shapes.
"""

import numpy as np

# AU -> {face unit: gain}; a "*" stands for Left and Right.
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


def sided_units(unit: str) -> tuple[str, ...]:
    """Return the names behind a face unit with a "*": its left and its right one; others stay alone."""
    return (f"{unit[:-1]}Left", f"{unit[:-1]}Right") if unit.endswith("*") else (unit,)


def limit_of(unit: str) -> float:
    """Return the largest activation of a face unit."""
    return LIMITS.get(unit.removesuffix("Left").removesuffix("Right"), DEFAULT_LIMIT)


def activate_units(units: list[str], weights: dict[int, float], skew: float = 0.0) -> np.ndarray:
    """Return the activation of each of `units` for action units with `weights`.

    `skew` in -1..1 makes the left side of the face move more (and the right one less) by that share.
    """
    activation = np.zeros(len(units), dtype=np.float32)
    for action_unit, weight in weights.items():
        for unit, gain in FACE_UNITS[action_unit].items():
            for side, name in zip((1, -1), sided_units(unit), strict=False):
                share = 1 + side * skew if unit.endswith("*") else 1
                index = units.index(name)
                activation[index] = max(activation[index], weight * gain * share)
    return activation
