"""The whole result as one HTML page that needs nothing from outside itself."""

import base64
import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from videofer import __version__
from videofer.artifacts import atomic_path, read_table
from videofer.config import OWN_MODEL
from videofer.metrics import list_usable_clips
from videofer.table_formats import NONE, Table, show, show_interval
from videofer.tables import build_tables, describe_data

# Each figure and the rule that draws it, whose caption it bears.
FIGURES = {"figure-4.1": "plot_samples", "figure-4.2": "plot_history", "figure-4.3": "plot_confusion"}
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "seaborn")
MOST_ROWS = 200  # of rejected clips; the whole list stands in tables/rejected.csv


def build_report(
    metrics: Mapping[str, str],
    rejected: str,
    manifest: str,
    runs: Sequence[str],
    figures: Sequence[str],
    tables: Sequence[str],
    reference: Mapping[str, str],
    captions: Sequence[str],
    schema: str,
    template: str,
    styles: str,
    config: dict,
    variant: str,
    out: str | Path,
) -> None:
    """Write the report page.

    metrics, reference: as for `tables.build_tables`, plus reference["settings"]; runs: the run.json files;
    figures, tables: files in every format; captions: text files named after the rules; schema: describes the
    readings; variant: whose classes and main numbers are shown.
    """
    name, kind = config["name"], config["dataset"]["kind"]
    built = build_tables(metrics, rejected, reference, name, kind)
    overall = read_table(metrics["overall"], "metric")
    overall = overall[overall["model"] == OWN_MODEL]
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in runs]
    usable = list_usable_clips(manifest, rejected)
    settings, departures = compare_settings(pd.read_csv(reference["settings"], dtype=str), config)
    built["classes"] = only_variant(built["classes"], variant)
    built |= {
        "rejected": shorten(built["rejected"], MOST_ROWS),
        "readings": list_readings(config["readings"], yaml.safe_load(Path(schema).read_text(encoding="utf-8"))),
        "settings": settings,
        "versions": list_versions(records),
    }
    folder = Path(out).parent
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
        Path(template).read_text(encoding="utf-8")
    )
    text = page.render(
        name=name,
        statement=describe_data(name, kind),
        clips=len(usable),
        subjects=usable["subject"].nunique(),
        classes=usable["label"].nunique(),
        folds=config["folds"]["count"],
        seeds=len(config["seeds"]),
        cards=list_cards(overall, pd.read_csv(reference["losses"]), variant),
        tables={key: describe_table(table, tables, folder) for key, table in built.items()},
        figures=[describe_figure(number, figures, captions, variant, folder) for number in FIGURES],
        departures=[*departures, *list_notes(records)],
        configuration=yaml.safe_dump(to_plain(config), sort_keys=False, allow_unicode=True),
        digest=digest_config(config),
        styles=Markup(Path(styles).read_text(encoding="utf-8")),
        version=__version__,
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def list_cards(overall: pd.DataFrame, reference: pd.DataFrame, variant: str) -> list[dict]:
    """Return the page's main figures: both heads, UAR, and the paper's accuracy for this variant."""
    heads = overall[overall["variant"] == variant].set_index("head").to_dict("index")
    sequence, capsule = heads["sequence"], heads["capsule"]
    paper = reference.set_index("variant").loc[variant]

    def card(what: str, rate: float, detail: str) -> dict:
        return {"what": what, "value": f"{show(100 * rate, 2)} %", "detail": detail}

    def counts(row: dict) -> str:
        return f"{row['correct']} of {row['n']} clips; 95 % interval {show_interval(row)}"

    return [
        card("LSTM, accuracy", sequence["accuracy"], counts(sequence)),
        card("Capsule vote, accuracy", capsule["accuracy"], counts(capsule)),
        card("LSTM, mean recall of the classes", sequence["uar"], "unweighted average recall (UAR)"),
        card("Paper, accuracy on MMI", paper["accuracy_percent"] / 100, paper["loss_function"]),
    ]


def compare_settings(stated: pd.DataFrame, config: dict) -> tuple[Table, list[str]]:
    """Return a table of the settings beside the paper's, and a sentence for each that departs from it.

    stated: columns key (dotted, of the configuration), setting, paper (empty: not stated), section.
    """
    rows, departures = [], []
    for row in stated.to_dict("records"):
        value = config
        for part in row["key"].split("."):
            value = value[part]
        ours = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if pd.isna(row["paper"]):
            paper, same = "not stated", NONE
        else:
            paper, same = row["paper"], "yes" if float(row["paper"]) == float(value) else "no"
        if same == "no":
            departures.append(f"{row['setting']}: {ours}, where the paper has {paper} (section {row['section']}).")
        rows.append((row["setting"], paper, ours, same, row["key"]))
    headings = ["Setting", "Paper", "This run", "Same", "Key in the configuration"]
    shown = pd.DataFrame(rows, columns=headings)
    return Table("settings", "Settings beside the paper's", shown, shown), departures


def list_notes(records: Sequence[dict]) -> list[str]:
    """Return each fallback that runs noted, once, with the number of runs."""
    notes = [note for record in records for note in record["notes"]]
    return [f"{note} ({notes.count(note)} of {len(records)} runs)" for note in dict.fromkeys(notes)]


def list_readings(readings: dict, schema: dict) -> Table:
    """Return every reading with its value, what it decides and the other values the schema allows."""
    rows = []
    for group, choices in readings.items():
        described = schema["properties"]["readings"]["properties"][group]["properties"]
        for key, value in choices.items():
            others = [str(other) for other in described[key].get("enum", []) if other != value]
            rows.append(
                (
                    f"{group}.{key}",
                    json.dumps(value).strip('"'),
                    described[key]["description"],
                    ", ".join(others) or NONE,
                )
            )
    shown = pd.DataFrame(rows, columns=["Reading", "Value", "What it decides", "Alternatives"])
    return Table("readings-used", "Readings used", shown, shown)


def list_versions(records: Sequence[dict]) -> Table:
    """Return what the runs and this page were computed with."""
    devices, torch = (sorted({str(record[key]) for record in records}) for key in ("device", "torch"))
    sizes = sorted({f"{record['model_parameters']:,}" for record in records if record["model"] == OWN_MODEL})
    rows = [("Trained on", ", ".join(devices)), ("Weights of the model", ", ".join(sizes))]
    rows += [("videofer", __version__), ("Python", platform.python_version()), ("torch", ", ".join(torch))]
    rows += [(name, version(name)) for name in LIBRARIES]
    shown = pd.DataFrame(rows, columns=["Part", "Version"])
    return Table("versions", "Versions", shown, shown)


def only_variant(table: Table, variant: str) -> Table:
    """Return the rows of one variant, without the column that names it."""
    shown = table.shown[table.shown["Variant"] == variant].drop(columns="Variant")
    return Table(table.name, f"{table.title}, {variant}", table.data, shown, table.notes)


def shorten(table: Table, most: int) -> Table:
    """Return the first rows of a long table, with a note that says so."""
    if len(table.shown) <= most:
        return table
    note = f"The first {most} of {len(table.shown)}; all of them are in the CSV file."
    return Table(table.name, table.title, table.data, table.shown.head(most), (*table.notes, note))


def describe_table(table: Table, files: Sequence[str], folder: Path) -> dict:
    """Return what the template needs of a table; its files are those that bear its name."""
    return {
        "name": table.name,
        "title": table.title,
        "headings": list(table.shown.columns),
        "rows": table.shown.to_numpy().tolist(),
        "notes": table.notes,
        "files": link_files(files, table.name, folder),
    }


def describe_figure(number: str, files: Sequence[str], captions: Sequence[str], variant: str, folder: Path) -> dict:
    """Return what the template needs of a figure, the picture itself as a data URI.

    In a caption Snakemake's own report fills in the rule's parameters; here, so do we.
    """
    picture = next(path for path in files if Path(path).name == f"{number}.svg")
    caption = next(path for path in captions if Path(path).stem == FIGURES[number])
    words = Environment(undefined=StrictUndefined).from_string(Path(caption).read_text(encoding="utf-8"))
    encoded = base64.b64encode(Path(picture).read_bytes()).decode("ascii")
    return {
        "id": number.replace(".", "-"),
        "title": number.replace("-", " ").capitalize(),
        "caption": " ".join(words.render(snakemake={"params": {"variant": variant}}).split()),
        "source": f"data:image/svg+xml;base64,{encoded}",
        "files": link_files(files, number, folder),
    }


def link_files(files: Sequence[str], name: str, folder: Path) -> list[tuple[str, str]]:
    """Return (format, link from `folder`) of each file of this name."""
    links = [(Path(path), Path(os.path.relpath(path, folder)).as_posix()) for path in files]
    return [(path.suffix[1:].upper(), link) for path, link in links if path.stem == name]


def to_plain(value):
    """Return nested mappings and lists as dict and list, which YAML and JSON can write."""
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    return [to_plain(item) for item in value] if isinstance(value, list | tuple) else value


def digest_config(config: dict) -> str:
    """Return the first 16 hexadecimal digits of the configuration's sha256, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(to_plain(config), sort_keys=True).encode()).hexdigest()[:16]
