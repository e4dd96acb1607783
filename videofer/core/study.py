"""The vocabulary of the study: its classes, its own model with the variants of Table 4.1, roles and heads."""

from dataclasses import dataclass

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")
NEUTRAL = "neutral"  # no class of the paper's study: a face at rest, or one that only speaks

ROLES = ("train", "validation", "test")
UNUSED = "unused"  # a subject left out of a fold
# Values of folds.protocol that cut without regard to people, only to demonstrate leakage.
RANDOM_PROTOCOLS = ("random-clips", "random-copies")

FRAME_SIZE = 48  # pixels a side of the frames that every model reads (paper, section 3.1)

OWN_MODEL = "capsule-lstm"  # the model of the paper


@dataclass(frozen=True)
class Variant:
    """One row of Table 4.1: with or without the reconstruction loss, and which loss on the LSTM."""

    reconstruction: bool
    sequence: str  # "margin" or "cross-entropy"


# The four rows of Table 4.1 in the paper's order: a 2 x 2 design.
VARIANTS = {
    "margin-margin": Variant(reconstruction=False, sequence="margin"),
    "margin-reconstruction-margin": Variant(reconstruction=True, sequence="margin"),
    "margin-reconstruction-ce": Variant(reconstruction=True, sequence="cross-entropy"),
    "margin-ce": Variant(reconstruction=False, sequence="cross-entropy"),
}
FULL_VARIANT = "margin-reconstruction-ce"  # all three losses of eq. 3.1
MARGIN_VARIANT = "margin-reconstruction-margin"  # that on which readings of the LSTM's margin loss are compared


@dataclass(frozen=True)
class Head:
    """An output of a model that classifies: its name in tables, and its columns in predictions.csv."""

    name: str
    answer: str  # column of the predicted class
    scores: str  # prefix of the columns of scores, one a class


# Every model has the head "sequence"; a model with capsules also predicts the class of the longest mean capsule.
HEADS = {
    "sequence": Head("LSTM", "predicted", "p_"),
    "capsule": Head("Capsule vote", "capsule_predicted", "capsule_"),
}
