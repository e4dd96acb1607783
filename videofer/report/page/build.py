"""Gather everything that the report page shows and write it as one file."""

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
from videofer.datasets.registry import names_people
from videofer.evaluation.evaluate import list_usable_clips
from videofer.report.page import tables as own
from videofer.report.page.clips import MOST_CLIPS, embed_clips
from videofer.report.page.contents import describe_section, describe_table, group_files, read_described
from videofer.report.page.embed import hash_source
from videofer.report.page.models import list_models, tabulate_ranking
from videofer.report.page.rejected import show_rejected
from videofer.report.page.sections import read_sections
from videofer.report.page.verdict import state_verdict, warn_few
from videofer.report.tables import describe_data
from videofer.report.tables.models import list_rows, rank_models
from videofer.report.tables.wording import is_papers_data

METRICS = ("overall", "models", "comparisons")
CODE = {"styles": "style.css", "script": "script.js"}


def build_report(
    files: Mapping[str, str | Sequence[str]],
    benchmarks: str | Path,
    texts: str | Path,
    config: dict,
    variant: str,
    out: str | Path,
) -> None:
    """Write the report page.

    files: by name: the metrics overall, models, comparisons and predictions; clips, explanations, manifest and
    rejected; runs: every run.json; tables, figures: in every format; variants: figures of the trained variants;
    paper_losses (Table 4.1), paper_models (Table 4.2), originals, paper_settings; schema: of the configuration.
    benchmarks: folder of what Snakemake measured of each job; texts: folder of sections.yaml, of the captions named
    after the figures, and of template, style and script; variant: of the Capsule-LSTM, whose level is stated.
    Raises UserError where something that sections.yaml names is missing.
    """
    overall, models, comparisons = (read_table(files[key], "metric") for key in METRICS)
    predictions, manifest, rejected = (
        read_table(files[key], key) for key in ("predictions", "manifest", "rejected")
    )
    usable = list_usable_clips(files["manifest"], files["rejected"])
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in files["runs"]]
    schema = yaml.safe_load(Path(files["schema"]).read_text(encoding="utf-8"))
    config, texts = json.loads(json.dumps(config)), Path(texts)  # plain mappings and lists, as YAML writes them
    name, kind = config["name"], config["dataset"]["kind"]
    named = names_people(kind)
    settings, departures = own.compare_settings(pd.read_csv(files["paper_settings"], dtype=str), config)
    tables = {
        "dataset": own.count_classes(usable, named),
        "readings": own.list_readings(config["readings"], schema),
        "settings": settings,
        "versions": own.list_versions(records),
        "hardware": own.list_hardware(records),
        "costs": own.sum_costs(benchmarks),
        "sources": own.list_sources(records),
    }
    described = {key: describe_table(table) for key, table in tables.items()}
    described["clips"] = describe_table(own.list_clips(manifest, usable), most=MOST_CLIPS)
    folder, named_files = Path(out).parent, group_files([*files["tables"], *files["figures"]])
    described["rejected"] = read_described(named_files["rejected"], folder) | {"leads": show_rejected(rejected)}
    printed = is_papers_data(kind, config["dataset"]["classes"])
    sections = [
        describe_section(section, named_files, texts, folder)
        for section in read_sections(texts / "sections.yaml")
        if printed or not section.paper
    ]
    ranked, reference = rank_models(models), [pd.read_csv(files[key]) for key in ("paper_models", "originals")]
    quoted = list_rows(models, *reference) if printed else []
    panels = list_models(ranked, files["variants"], texts, folder)
    described["ranking"] = describe_table(tabulate_ranking(ranked, quoted, kind)) | {
        "leads": {panel["title"]: Markup('<a href="#{id}">{title}</a>').format_map(panel) for panel in panels}
    }
    runs = [(row["model"], row["variant"]) for row in ranked]
    clip_data, pictures = embed_clips(
        files["clips"], predictions, files["explanations"], runs, config["clips"]["size"]
    )
    paper = pd.read_csv(files["paper_losses"]) if printed else None
    baseline = usable["label"].value_counts(normalize=True).max()
    code = {key: (texts / file).read_text(encoding="utf-8") for key, file in CODE.items()}
    options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=FileSystemLoader(texts), **options)
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    text = environment.get_template("index.html.j2").render(
        name=name,
        kind=kind,
        statement=describe_data(name, kind),
        verdict=state_verdict(overall, models, comparisons, paper, variant, baseline, kind),
        warning=warn_few(usable["subject"].nunique()) if named else "",
        printed=printed,
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
        models=panels,
        clip_data=clip_data,
        pictures=pictures,
        own=described,
        departures=departures,
        notes=own.list_notes(records),
        configuration=yaml.safe_dump(config, sort_keys=False, allow_unicode=True),
        digest=hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16],
        version=__version__,
        **{key: Markup(content) for key, content in code.items()},
        hashes={key: hash_source(content) for key, content in code.items()},
    )
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
