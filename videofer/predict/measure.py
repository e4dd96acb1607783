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
from videofer.core.table_formats import show, show_bounds, show_percent
from videofer.datasets.own import FRAMES, REQUIRED, local_path, read_rows
from videofer.evaluation.statistics.answers import count_classes
from videofer.evaluation.statistics.intervals import mean_recall, pooled_share, subject_interval
from videofer.predict.bundle import hash_subject
from videofer.predict.prediction import OK, UNCERTAIN
from videofer.predict.recognizer import Recognizer

CUT = (FRAMES[0], FRAMES[-1], "half", "face_x")  # columns that name a part of a film
LEAST = 1e-6  # probability that a logarithm is taken of
FEWEST = 3  # people that an interval is given for: as wide as from the worst of them to the best


@dataclass(frozen=True)
class Answers:
    """What a model answered to the films of a list.

    films: a row a film that was answered: path, subject, label, answer, status (ok where most windows are, and the
    likeliest class of all is among `classes`), likelihood (of the label, among `classes`) and p_<class>; rejected:
    path and reason; left_out: the labels that are not among `classes`, each with its number of rows; trained:
    subjects of the films that the bundle says it was trained on.
    """

    films: pd.DataFrame
    rejected: pd.DataFrame
    classes: list[str]
    left_out: dict[str, int]
    trained: list[str]


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
    people = recognizer.bundle.record["data"].get("people", ())
    trained = [name for name in frame["subject"].unique() if hash_subject(name) in people]
    return Answers(frame, pd.DataFrame(rejected, columns=["path", "reason"]), classes, left_out, trained)


def summarise(answers: Answers) -> pd.DataFrame:
    """Return right of n, people and recall of all films (first row), of each class, and of what is called ok.

    f1: of each class of the list, and in the first row their mean; _low and _high: 95 % intervals over people.
    """
    films = answers.films
    right = films["answer"] == films["label"]
    present = [name for name in answers.classes if (films["label"] == name).any()]
    recalls = [right[films["label"] == name].mean() for name in present]
    sure = films["status"] == OK
    parts = {"all": films["label"].notna(), **{name: films["label"] == name for name in present}, "ok": sure}
    rows = [
        {"part": name, "right": int(right[part].sum()), "films": int(part.sum()),
         "people": films.loc[part, "subject"].nunique(), "share": right[part].mean() if part.any() else np.nan}
        for name, part in parts.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    # Right answers among those that are of the class or were given it, each counted once of both.
    f1 = [
        2 * right[films["label"] == name].sum() / (films[["label", "answer"]] == name).sum().sum()
        for name in present
    ]
    counts = count_classes(films.assign(right=right, true=films["label"], seed=0), present)
    whole = {
        "mean_recall": np.mean(recalls),
        "log_likelihood": np.log(films["likelihood"].clip(lower=LEAST)).mean(),
        "f1": np.mean(f1),
    }
    for name, bounds in {
        "share": subject_interval(counts.sum(2), pooled_share, FEWEST),
        "mean_recall": subject_interval(counts, mean_recall, FEWEST),
    }.items():
        whole |= {f"{name}_low": bounds[0], f"{name}_high": bounds[1]}
    table[list(whole)] = np.nan
    table.loc[0, list(whole)] = list(whole.values())
    table.loc[1 : len(present), "f1"] = f1
    return table


def tabulate_confusion(answers: Answers) -> pd.DataFrame:
    """Return how many films of each label (rows) got each answer (columns)."""
    films = answers.films
    return pd.crosstab(films["label"], films["answer"]).reindex(columns=answers.classes, fill_value=0)


def count_people(number: int) -> str:
    """Return a number of people in words."""
    return f"{number} {'person' if number == 1 else 'people'}"


def state_result(summary: pd.DataFrame) -> list[str]:
    """Return in two lines how many are right, of how many people, and the means over the classes."""
    whole = summary.iloc[0]
    share, recall = (_show_share(whole, name) for name in ("share", "mean_recall"))
    return [
        f"{whole['right']} of {whole['films']} right, {share}, {count_people(whole['people'])}",
        f"mean recall {recall}, mean F1 {show(whole['f1'], 3)}, "
        f"mean log-likelihood {show(whole['log_likelihood'], 3)}",
    ]


def _show_share(whole: pd.Series, name: str) -> str:
    low, high = whole[f"{name}_low"], whole[f"{name}_high"]
    interval = "" if np.isnan(low) else f" (95 % interval over people {show_bounds(low, high)} %)"
    return f"{show_percent(whole[name])} %{interval}"


def warn_trained(answers: Answers) -> str:
    """Return one sentence on the people whom the model was trained on, or nothing where there are none."""
    if not (names := answers.trained):
        return ""
    films = int(answers.films["subject"].isin(names).sum())
    return (
        f"The model was trained on {', '.join(names)}: their answers, {films} of {len(answers.films)}, say nothing "
        "about strangers."
    )


def state_left_out(answers: Answers) -> str:
    """Return one sentence on the labels that are no class, or nothing where there are none."""
    if not answers.left_out:
        return ""
    counts = ", ".join(f"{label} ({count})" for label, count in answers.left_out.items())
    among, rows = ", ".join(answers.classes), sum(answers.left_out.values())
    return f"{rows} rows are left out, none of {among}: {counts}; --words renames labels."


def print_summary(answers: Answers) -> None:
    """Print what `summarise` and `tabulate_confusion` found, and what was rejected or left out."""
    table = summarise(answers)
    print(*state_result(table), sep="\n")
    for row in table.iloc[1:].itertuples():
        what = "marked ok" if row.part == OK else row.part
        f1 = "" if row.part == OK else f", F1 {row.f1:.3f}"
        print(f"  {what}: {row.right} of {row.films}, {count_people(row.people)}{f1}")
    print(tabulate_confusion(answers).to_string())
    for sentence in filter(None, (state_left_out(answers), warn_trained(answers))):
        print(sentence)
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
