"""Names and sentences that several tables share."""

import pandas as pd

from videofer.statistics.intervals import FEWEST_SUBJECTS, RESAMPLES

MODEL = "capsule-lstm"  # the study's own model, whose variants are the rows of Table 4.1
HEAD_NAMES = {"sequence": "LSTM", "capsule": "Capsule vote"}
PERMUTATION = "two-sided, from exchanging the answers of any person between the two sides"
FEW_SUBJECTS = 10  # the bootstrap's interval covers about 90 %, not 95 %, with six (simulated)


def name_run(model: str, variant: str) -> str:
    """Return the variant, after the model's name where that is not the study's own."""
    return variant if model == MODEL else f"{model} {variant}"


def describe_data(name: str, kind: str) -> str:
    """Return the one sentence that says on what the figures were measured."""
    if kind == "rendered":
        return (
            "Measured on rendered faces (computer-drawn people), not on the MMI database: "
            "the level of these figures is not comparable with the paper's."
        )
    return (
        f"Measured on the data set '{name}': comparable with the paper's figures only as far as its clips and its "
        "split into folds are the paper's, which does not state its split."
    )


def describe_counts(overall: pd.DataFrame) -> str:
    """Return the sentence that says what ACC and n count."""
    folds, seeds, clips = overall["folds"].max(), overall["seeds"].max(), overall["clips"].max()
    pooled = (
        f"ACC is pooled over the test clips of {folds} subject-independent folds; in brackets: right answers / n."
    )
    if seeds == 1:
        return f"{pooled} Each of the {clips} clips is answered once."
    return (
        f"{pooled} Each of the {clips} clips is answered once per seed ({seeds} seeds): n counts answers, which "
        f"are not independent, so intervals over clips are those of {clips} clips."
    )


def describe_intervals(overall: pd.DataFrame) -> str:
    """Return the sentences that say what the two intervals mean."""
    wilson = "Interval over clips: Wilson's score interval, as if all clips were independent."
    return f"{wilson} {describe_bootstrap(overall)} Neither covers what other seeds would change."


def describe_bootstrap(overall: pd.DataFrame) -> str:
    """Return the sentences on the interval over subjects, and how far it can be trusted with so few of them."""
    subjects = overall["subjects"].max()
    text = (
        f"Interval over subjects: bootstrap that draws whole people, since the clips of one person are alike "
        f"({subjects} people; {RESAMPLES:,} resamples, percentile interval widened for their small number)."
    )
    if subjects < FEWEST_SUBJECTS:
        return f"{text} With fewer than {FEWEST_SUBJECTS} people there is none."
    return f"{text} With so few people it is still too narrow." if subjects < FEW_SUBJECTS else text
