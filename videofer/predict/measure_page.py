"""The page about a model that was measured on a list: the result, the classes, the confusions, every clip."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from videofer.core.clip import show_name
from videofer.predict.measure import (
    Answers,
    state_left_out,
    state_result,
    summarise,
    tabulate_confusion,
    warn_trained,
)
from videofer.predict.page import fill_template
from videofer.predict.prediction import OK
from videofer.report.figures.cells import draw_cells
from videofer.report.figures.style import literal, save_plot
from videofer.report.page.embed import encode_uri

CELL = 0.52  # inches


def write_measure_page(answers: Answers, model: str, listed: Path, folder: Path) -> list[Path]:
    """Write confusion.png and index.html, which needs nothing beside it, into an existing folder; return them.

    model: its name; listed: the list that was measured on.
    """
    picture, page = folder / "confusion.png", folder / "index.html"
    save_plot(plot_measured, [picture], answers)
    summary = summarise(answers)
    films = answers.films.assign(right=answers.films["answer"] == answers.films["label"])
    fill_template(
        "measured",
        page,
        listed=show_name(listed.name),
        model=model,
        result=state_result(summary),
        remarks=[*filter(None, (warn_trained(answers), state_left_out(answers)))],
        parts=summary.iloc[1:].to_dict("records"),
        ok=OK,
        picture=encode_uri("image/png", picture.read_bytes()),
        films=films.sort_values(["right", "likelihood"], kind="stable").to_dict("records"),
        rejected=answers.rejected.to_dict("records"),
    )
    return [picture, page]


def plot_measured(answers: Answers) -> Figure:
    """Draw how many films of each label got each answer; colours and per cent are shares of the label."""
    counts = tabulate_confusion(answers)
    counts = counts.reindex([name for name in answers.classes if name in counts.index])
    rows, columns = counts.shape
    figure = Figure(figsize=(1.6 + CELL * columns, 1.1 + CELL * rows), layout="constrained", facecolor="white")
    axes = figure.subplots()
    draw_cells(axes, counts)
    axes.set_xticklabels(map(literal, counts.columns))
    axes.set_yticklabels([f"{literal(name)} ({films})" for name, films in counts.sum(axis=1).items()])
    right = int(np.sum([counts.at[name, name] for name in counts.index]))
    axes.set(title=f"{right} of {counts.to_numpy().sum()} right", xlabel="answer", ylabel="label (films)")
    return figure
