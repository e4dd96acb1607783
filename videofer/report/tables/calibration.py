"""Calibration: how sure a model is, and how often it is right."""

import pandas as pd

from videofer.core.table_formats import NONE, Table, show
from videofer.evaluation.statistics.accuracy import BINS
from videofer.report.tables.columns import name_head, name_variant, percent, show_rows


def tabulate_calibration(calibration: pd.DataFrame) -> Table:
    """Return confidence, accuracy, calibration error with its level by chance, and Brier score of every variant."""
    columns = {
        "Variant": name_variant,
        "Answers of": name_head,
        "Mean confidence (%)": percent("confidence"),
        "ACC (%)": percent("accuracy"),
        "ECE (points)": percent("ece"),
        "ECE by chance: mean (points)": percent("chance_mean"),
        "95 % below (points)": percent("chance_high"),
        "Brier score": lambda row: show(row["brier"], 3),
    }
    notes = (
        "Confidence: the LSTM's probability of its answer; for the capsule vote, the mean length of the winning "
        f"capsule. ECE: gap between accuracy and mean confidence, averaged over {BINS} bins of confidence by their "
        "number of answers.",
        "With few clips ECE is above 0 by chance alone: the next columns give its mean and 95th percentile for a "
        "perfectly calibrated model with the same confidences.",
        "Brier score: mean squared distance between the probabilities and the truth over all classes; 0 is best, "
        f"equal probabilities for six classes score 0.833. {NONE}: the lengths of capsules do not sum to 1.",
    )
    title = "Calibration: how sure the model is, and how often it is right"
    shown = show_rows(calibration.to_dict("records"), columns)
    return Table("table-calibration", title, calibration, shown, notes)
