"""Names and sentences that several tables share."""

from collections.abc import Sequence

import pandas as pd

from videofer.core.study import CLASSES, OWN_MODEL
from videofer.datasets.registry import names_people
from videofer.evaluation.statistics.intervals import FEWEST_SUBJECTS, RESAMPLES

PERMUTATION = "two-sided and exact, from exchanging the answers of any person between the two sides"
INDEPENDENT = (
    "It takes all clips as independent, though those of one person are alike: its p is too small by as much, and "
    "the permutation over people decides"
)
FEW_SUBJECTS = 10  # the bootstrap's interval covers about 90 %, not 95 %, with six (simulated)


def name_run(model: str, variant: str) -> str:
    """Return the variant, after the model's name where that is not the study's own."""
    return variant if model == OWN_MODEL else f"{model} {variant}"


def title_run(model: str, variant: str) -> str:
    """Return the name of a model and its variant, such as "dtagn joint"."""
    return model if variant == "plain" else f"{model} {variant}"


def is_papers_data(kind: str, classes: Sequence[str]) -> bool:
    """Return whether the paper's figures may stand beside a study's: on MMI or its stand-in, in its classes."""
    return kind in ("mmi", "rendered") and tuple(classes) == CLASSES


def describe_data(name: str, kind: str) -> str:
    """Return the one sentence that says on what the figures were measured."""
    if kind == "rendered":
        return (
            "Measured on rendered faces (computer-drawn people), not on the MMI database: "
            "the level of these figures is not comparable with the paper's."
        )
    text = (
        f"Measured on the data set '{name}': comparable with the paper's figures only as far as its clips and its "
        "split into folds are the paper's, which does not state its split."
    )
    if names_people(kind):
        return text
    return f"{text} It does not say who is who: whether a tested person was also trained on is for its own split."


def describe_counts(overall: pd.DataFrame, kind: str) -> str:
    """Return the sentence that says what ACC and n count; kind: of the data set."""
    folds, seeds, clips = overall["folds"].max(), overall["seeds"].max(), overall["clips"].max()
    split = "subject-independent folds" if names_people(kind) else "folds of the data set's own split"
    pooled = f"ACC is pooled over the test clips of {folds} {split}; in brackets: right answers / n."
    if seeds == 1:
        return f"{pooled} Each of the {clips} clips is answered once."
    return (
        f"{pooled} Each of the {clips} clips is answered once per seed ({seeds} seeds): n counts answers, which "
        f"are not independent, so intervals over clips are those of {clips} clips."
    )


def describe_intervals(overall: pd.DataFrame, kind: str) -> str:
    """Return the sentences that say what the two intervals mean; kind: of the data set."""
    wilson = "Interval over clips: Wilson's score interval, as if all clips were independent."
    seeds = "" if overall["seeds"].max() > 1 else " Neither covers what other seeds would change."
    return f"{wilson} {describe_bootstrap(overall, kind)}{seeds}"


def describe_bootstrap(overall: pd.DataFrame, kind: str) -> str:
    """Return the sentences on the interval over subjects, and how far it can be trusted with so few of them.

    kind: of the data set, which may not say who is who.
    """
    subjects = overall["subjects"].max()
    if not names_people(kind):
        return (
            "Interval over subjects: the data set does not say who is who, so each clip counts as its own person. "
            f"The bootstrap ({RESAMPLES:,} resamples) therefore draws single clips, and the permutation exchanges "
            "them: intervals are too narrow and p too small, by as much as the clips of one person are alike."
        )
    drawn = "whole people and seeds" if overall["seeds"].max() > 1 else "whole people"
    text = (
        f"Interval over subjects: bootstrap that draws {drawn}, since the clips of one person are alike "
        f"({subjects} people; {RESAMPLES:,} resamples, percentile interval widened for their small number)."
    )
    if subjects < FEWEST_SUBJECTS:
        return f"{text} With fewer than {FEWEST_SUBJECTS} people there is none."
    return f"{text} With so few people it is still too narrow." if subjects < FEW_SUBJECTS else text
