"""Gather everything that the report page shows and write it as one file."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from videofer.core import __version__
from videofer.core.artifacts import atomic_path, read_table
from videofer.core.study import OWN_MODEL
from videofer.datasets.registry import names_people
from videofer.evaluation.evaluate import list_usable_clips
from videofer.report.page.clips import MOST_CLIPS, embed_clips
from videofer.report.page.contents import describe_table, gather_figures, gather_tables, render_text
from videofer.report.page.dataset import count_classes, list_clips
from videofer.report.page.provenance import digest_config, list_hardware, list_sources, list_versions, sum_costs
from videofer.report.page.sections import Section, read_sections
from videofer.report.page.settings import compare_settings, list_notes, list_readings, to_plain
from videofer.report.page.verdict import state_verdict
from videofer.report.tables import describe_data


def build_report(
    metrics: Mapping[str, str],
    clips: str,
    explanations: str | None,
    rejected: str,
    manifest: str,
    runs: Sequence[str],
    logs: str,
    figures: Sequence[str],
    tables: Sequence[str],
    captions: Sequence[str],
    reference: Mapping[str, str],
    schema: str,
    sections: str,
    template: str,
    styles: str,
    script: str,
    config: dict,
    variant: str,
    out: str | Path,
) -> None:
    """Write the report page.

    metrics: overall, models, comparisons and predictions; explanations: per-frame answers of one variant, if
    there are any; runs: the run.json files; logs: folder of the jobs' logs; figures, tables: files in every
    format, arranged by `sections`; captions: text files named after the rules; reference: losses (the paper's Table
    4.1) and settings; schema: describes the readings; template: index.html.j2, its other files beside it; variant:
    whose clips and numbers come first.
    """
    model = OWN_MODEL
    names = ("overall", "models", "comparisons")
    overall, models, comparisons = (read_table(metrics[name], "metric") for name in names)
    predictions = read_table(metrics["predictions"], "predictions")
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in runs]
    usable, listed = list_usable_clips(manifest, rejected), read_table(manifest, "manifest")
    settings, departures = compare_settings(pd.read_csv(reference["settings"], dtype=str), config)
    readings = list_readings(config["readings"], yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    paper, kind = pd.read_csv(reference["losses"]), config["dataset"]["kind"]
    named = names_people(kind)
    baseline = usable["label"].value_counts(normalize=True).max()
    folder = Path(out).parent
    caption_context = {"params": {"variant": variant}, "wildcards": {"dataset": config["name"]}, "config": config}
    arranged = [
        describe_section(section, tables, figures, captions, caption_context, folder)
        for section in read_sections(sections)
    ]
    code = {"styles": Path(styles).read_text(encoding="utf-8"), "script": Path(script).read_text(encoding="utf-8")}
    text = load_template(template).render(
        name=config["name"],
        kind=kind,
        statement=describe_data(config["name"], kind),
        verdict=state_verdict(overall, models, comparisons, paper, model, variant, baseline, kind),
        variant=variant,
        facts={
            "clips": len(usable),
            "people": usable["subject"].nunique() if named else None,
            "expressions": usable["label"].nunique(),
            "folds": predictions["fold"].nunique(),
            "seeds": len(config["seeds"]),
            "trainings": len(records),
        },
        sections=arranged,
        skipped=[section["title"] for section in arranged if section["absent"]],
        clip_data=embed_clips(clips, predictions, explanations, model, variant, config["clips"]["size"]),
        own={
            "dataset": describe_table(count_classes(usable, named)),
            "clips": describe_table(list_clips(listed, usable), most=MOST_CLIPS),
            "readings": describe_table(readings),
            "settings": describe_table(settings),
            "versions": describe_table(list_versions(records)),
            "hardware": describe_table(list_hardware(records)),
            "costs": describe_table(sum_costs(logs)),
            "sources": describe_table(list_sources(records)),
        },
        departures=departures,
        notes=list_notes(records),
        configuration=yaml.safe_dump(to_plain(config), sort_keys=False, allow_unicode=True),
        digest=digest_config(config),
        version=__version__,
        **{name: Markup(content) for name, content in code.items()},
        hashes={name: hash_source(content) for name, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_section(
    section: Section,
    tables: Sequence[str],
    figures: Sequence[str],
    captions: Sequence[str],
    context: dict,
    folder: Path,
) -> dict:
    """Return what the template needs of a section; `absent` where nothing of an optional one was made."""
    shown = {
        "tables": gather_tables(section, tables, folder),
        "figures": gather_figures(section, figures, captions, context, folder),
    }
    return shown | {
        "id": section.id,
        "title": section.title,
        "intro": render_text(section.intro)[0],
        "parts": section.parts,
        "command": section.command,
        "absent": section.optional and not any(shown.values()),
    }


def load_template(path: str | Path):
    """Return the page's template, which may include those beside it; everything put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(path).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment.get_template(Path(path).name)


def hash_source(text: str) -> str:
    """Return the hash by which the page's content security policy lets its own style and script pass."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
