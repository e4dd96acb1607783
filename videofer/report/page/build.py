"""Gather everything that the report page shows and write it as one file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from videofer.core import __version__
from videofer.core.artifacts import atomic_path, read_table
from videofer.datasets.registry import names_people
from videofer.evaluation.evaluate import list_usable_clips
from videofer.report.page.clips import MOST_CLIPS, embed_clips
from videofer.report.page.contents import describe_section, describe_table
from videofer.report.page.dataset import count_classes, list_clips
from videofer.report.page.embed import hash_source
from videofer.report.page.provenance import digest_config, list_hardware, list_sources, list_versions, sum_costs
from videofer.report.page.sections import read_sections
from videofer.report.page.settings import compare_settings, list_notes, list_readings
from videofer.report.page.verdict import state_verdict
from videofer.report.tables import describe_data

CODE = {"styles": "style.css", "script": "script.js"}


def build_report(
    metrics: Mapping[str, str],
    clips: str,
    explanations: str | None,
    rejected: str,
    manifest: str,
    runs: Sequence[str],
    benchmarks: str,
    figures: Sequence[str],
    tables: Sequence[str],
    reference: Mapping[str, str],
    schema: str,
    texts: str | Path,
    config: dict,
    variant: str,
    out: str | Path,
) -> None:
    """Write the report page.

    metrics: overall, models, comparisons and predictions; explanations: of one variant, if there are any; runs: the
    run.json files; benchmarks: folder of what Snakemake measured of each job; figures, tables: their files in every
    format; reference: losses (the paper's Table 4.1) and settings; schema: of the configuration; texts: folder of
    sections.yaml, of the captions named after the rules, and of template, style and script; variant: the one whose
    clips and numbers come first. Raises UserError where something that sections.yaml names is missing.
    """
    overall, models, comparisons = (
        read_table(metrics[name], "metric") for name in ("overall", "models", "comparisons")
    )
    predictions = read_table(metrics["predictions"], "predictions")
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in runs]
    usable, listed = list_usable_clips(manifest, rejected), read_table(manifest, "manifest")
    config, texts = json.loads(json.dumps(config)), Path(texts)  # plain mappings and lists, as YAML writes them
    settings, departures = compare_settings(pd.read_csv(reference["settings"], dtype=str), config)
    name, kind = config["name"], config["dataset"]["kind"]
    named = names_people(kind)
    context = {"params": {"variant": variant}, "wildcards": {"dataset": name}, "config": config}
    sections = [
        describe_section(section, [*tables, *figures], texts, context, Path(out).parent)
        for section in read_sections(texts / "sections.yaml")
    ]
    own = {
        "dataset": count_classes(usable, named),
        "readings": list_readings(config["readings"], yaml.safe_load(Path(schema).read_text(encoding="utf-8"))),
        "settings": settings,
        "versions": list_versions(records),
        "hardware": list_hardware(records),
        "costs": sum_costs(benchmarks),
        "sources": list_sources(records),
    }
    code = {key: (texts / file).read_text(encoding="utf-8") for key, file in CODE.items()}
    text = load_template(texts).render(
        name=name,
        kind=kind,
        statement=describe_data(name, kind),
        verdict=state_verdict(
            overall,
            models,
            comparisons,
            paper=pd.read_csv(reference["losses"]),
            variant=variant,
            baseline=usable["label"].value_counts(normalize=True).max(),
            kind=kind,
        ),
        variant=variant,
        facts={
            "clips": len(usable),
            "people": usable["subject"].nunique() if named else None,
            "expressions": usable["label"].nunique(),
            "folds": predictions["fold"].nunique(),
            "seeds": len(config["seeds"]),
            "trainings": len(records),
        },
        sections=sections,
        skipped=[section["title"] for section in sections if section["absent"]],
        clip_data=embed_clips(clips, predictions, explanations, variant, config["clips"]["size"]),
        own={key: describe_table(table) for key, table in own.items()}
        | {"clips": describe_table(list_clips(listed, usable), most=MOST_CLIPS)},
        departures=departures,
        notes=list_notes(records),
        configuration=yaml.safe_dump(config, sort_keys=False, allow_unicode=True),
        digest=digest_config(config),
        version=__version__,
        **{key: Markup(content) for key, content in code.items()},
        hashes={key: hash_source(content) for key, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def load_template(folder: Path):
    """Return the page's template, which may include those beside it; everything put in is escaped."""
    options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=FileSystemLoader(folder), **options)
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment.get_template("index.html.j2")
