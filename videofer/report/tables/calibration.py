"""Is a model as often right as it is sure?"""

import pandas as pd

from videofer.core.study import HEADS
from videofer.core.table_formats import NONE, Table, show, show_percent
from videofer.evaluation.statistics.calibration import BINS
from videofer.report.tables.wording import name_run


def tabulate_calibration(calibration: pd.DataFrame) -> Table:
    """Return confidence, accuracy, calibration error with its level by chance, and Brier score of every variant."""
    shown = [
        {
            "Variant": name_run(row["model"], row["variant"]),
            "Answers of": HEADS[row["head"]].name,
            "Mean confidence (%)": show_percent(row["confidence"]),
            "ACC (%)": show_percent(row["accuracy"]),
            "ECE (points)": show_percent(row["ece"]),
            "ECE by chance: mean (points)": show_percent(row["chance_mean"]),
            "95 % below (points)": show_percent(row["chance_high"]),
            "Brier score": show(row["brier"], 3),
        }
        for row in calibration.to_dict("records")
    ]
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
    return Table("table-calibration", title, calibration, pd.DataFrame(shown), notes)
