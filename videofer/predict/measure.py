"""A model measured on labelled films and pictures, by the code that `videofer predict` runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.core.study import NEUTRAL
from videofer.datasets.own import FRAMES, REQUIRED, local_path, read_rows
from videofer.predict.prediction import OK, UNCERTAIN
from videofer.predict.recognizer import Recognizer

CUT = (FRAMES[0], FRAMES[-1], "half", "face_x")  # columns that name a part of a film
LEAST = 1e-6  # probability that a logarithm is taken of


@dataclass(frozen=True)
class Answers:
    """What a model answered to the films of a list.

    films: a row a film that was answered: path, subject, label, answer, status (ok where most windows are, and the
    likeliest class of all is among `classes`), likelihood (of the label, among `classes`) and p_<class>; rejected:
    path and reason; left_out: the labels that are not among `classes`, each with its number of rows.
    """

    films: pd.DataFrame
    rejected: pd.DataFrame
    classes: list[str]
    left_out: dict[str, int]


def read_labels(path: Path, words: Mapping[str, str]) -> pd.DataFrame:
    """Read a list as `check` does; raises UserError for what is no list.

    Columns: path, subject, label, file (the path from here), part (a column that names a part of the film, or "").
    """
    if not path.is_file():
        raise UserError(f"{path} is no file: give a CSV with the columns {', '.join(REQUIRED)}.")
    table = pd.DataFrame(read_rows(path).values())
    table["part"] = [next((name for name in CUT if row[name]), "") for row in table.to_dict("records")]
    table["file"] = [str(path.parent / local_path(name, path.parent)) for name in table["path"]]
    words = {word.casefold(): label for word, label in words.items()}
    table["label"] = [words.get(label, label) for label in table["label"].str.casefold()]
    return table[[*REQUIRED, "file", "part"]]


def measure_list(
    recognizer: Recognizer, path: Path, among: Sequence[str] | None, words: Mapping[str, str], rest: bool
) -> Answers:
    """Answer each film of a list.

    among: classes that answers are chosen from, by default all of the model; words: a list's words for them; rest:
    give each film the face of the same subject's first other film labelled neutral. Raises UserError for a list
    that cannot be read, or classes that the model lacks.
    """
    known = list(recognizer.bundle.record["classes"])
    classes = list(among or known)
    if unknown := [name for name in classes if name not in known]:
        raise UserError(f"{', '.join(unknown)} is no class of this model: it has {', '.join(known)}.")
    table = read_labels(path, words)
    wanted = table[table["label"].isin(classes)]
    left_out = table["label"].drop(wanted.index).value_counts(sort=False).to_dict()
    places = [known.index(name) for name in classes]
    films, rejected = [], []
    console = Console(stderr=True)
    for row in track(list(wanted.itertuples()), "", console=console, disable=not console.is_terminal):
        if row.part:
            reason = f"its {row.part} asks for a part, and whole films are measured: cut it out, or empty the cell."
            rejected.append((row.path, reason))
            continue
        try:
            calm = table[
                (table["subject"] == row.subject) & (table["label"] == NEUTRAL) & (table["path"] != row.path)
            ]
            given = calm["file"].iloc[0] if rest and len(calm) else "none"
            options = replace(recognizer.options, rest=given)
            prediction = replace(recognizer, options=options).recognise(row.file)
        except UserError as error:
            rejected.append((row.path, str(error)))
            continue
        mean = prediction.average()
        if mean is None:
            rejected.append((row.path, prediction.explain_nothing()))
            continue
        shares = mean[places] / mean[places].sum()
        doubtful = [bool(window.list_doubts(prediction.confidence)) for window in prediction.windows]
        # An answer that is taken from among fewer classes is sure only if it would have been given among all.
        status = UNCERTAIN if np.mean(doubtful) > 0.5 or int(mean.argmax()) not in places else OK
        answer, likelihood = classes[int(shares.argmax())], shares[classes.index(row.label)]
        films.append((row.path, row.subject, row.label, answer, status, likelihood, *mean))
    columns = [*REQUIRED, "answer", "status", "likelihood", *(f"p_{name}" for name in known)]
    frame = pd.DataFrame(films, columns=columns)
    if frame.empty and rejected:
        raise UserError(f"No film of {path} could be answered; {rejected[0][0]}: {rejected[0][1]}")
    if frame.empty:
        raise UserError(
            f"No film of {path} could be answered: its labels must be among {', '.join(classes)}; "
            f"--words {next(iter(left_out))}={classes[0]} translates one."
        )
    return Answers(frame, pd.DataFrame(rejected, columns=["path", "reason"]), classes, left_out)


def summarise(answers: Answers) -> pd.DataFrame:
    """Return right of n, people and recall of all films (first row), of each class, and of what is called ok."""
    films = answers.films
    right = films["answer"] == films["label"]
    present = [name for name in answers.classes if (films["label"] == name).any()]
    recalls = {name: right[films["label"] == name].mean() for name in present}
    sure = films["status"] == OK
    parts = {"all": films["label"].notna(), **{name: films["label"] == name for name in present}, "ok": sure}
    rows = [
        {"part": name, "right": int(right[part].sum()), "films": int(part.sum()),
         "people": films.loc[part, "subject"].nunique(), "share": right[part].mean() if part.any() else np.nan}
        for name, part in parts.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table["mean_recall"] = [np.mean(list(recalls.values())), *[np.nan] * (len(table) - 1)]
    likely = np.log(films["likelihood"].clip(lower=LEAST)).mean()
    table["log_likelihood"] = [likely, *[np.nan] * (len(table) - 1)]
    return table


def tabulate_confusion(answers: Answers) -> pd.DataFrame:
    """Return how many films of each label (rows) got each answer (columns)."""
    films = answers.films
    return pd.crosstab(films["label"], films["answer"]).reindex(columns=answers.classes, fill_value=0)


def count_people(number: int) -> str:
    """Return a number of people in words."""
    return f"{number} {'person' if number == 1 else 'people'}"


def print_summary(answers: Answers) -> None:
    """Print what `summarise` and `tabulate_confusion` found, and what was rejected or left out."""
    table = summarise(answers)
    whole = table.iloc[0]
    print(f"{whole['right']} of {whole['films']} right ({whole['share']:.1%}), {count_people(whole['people'])}")
    print(f"mean recall {whole['mean_recall']:.3f}, mean log-likelihood {whole['log_likelihood']:.3f}")
    for row in table.iloc[1:].itertuples():
        what = "marked ok" if row.part == OK else row.part
        print(f"  {what}: {row.right} of {row.films}, {count_people(row.people)}")
    print(tabulate_confusion(answers).to_string())
    if answers.left_out:
        counts = ", ".join(f"{label} ({count})" for label, count in answers.left_out.items())
        among = ", ".join(answers.classes)
        print(
            f"{sum(answers.left_out.values())} rows are left out, none of {among}: {counts}; --words renames labels"
        )
    for row in answers.rejected.itertuples():
        print(f"rejected: {row.path}: {row.reason}")


def write_measures(answers: Answers, folder: Path) -> list[Path]:
    """Write predictions.csv, summary.csv, confusion.csv and rejected.csv into an existing folder; return them."""
    tables = {
        "predictions": answers.films, "summary": summarise(answers),
        "confusion": tabulate_confusion(answers).reset_index(), "rejected": answers.rejected,
    }  # fmt: skip
    for name, table in tables.items():
        with atomic_path(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    return [folder / f"{name}.csv" for name in tables]
