"""Everything that the report page reads, made of fake runs: tables, figures, explanations, benchmarks, machines."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from fake_runs import CLASSES, VARIANTS, WORKFLOW, evaluate_fake, table_inputs, write_fake_results

from videofer.core.artifacts import read_arrays, read_table, write_arrays, write_table
from videofer.core.table_formats import Table, write_file
from videofer.report.figures.study import EXPLAINED, VARIANT
from videofer.report.page.build import build_report
from videofer.report.page.sections import list_inputs, read_sections
from videofer.report.tables import build_tables, tabulate_results

CONFIG = yaml.safe_load((WORKFLOW.parent / "config.yaml").read_text(encoding="utf-8"))
TEXTS = WORKFLOW / "report"


def write_fake_page(root: Path, config=CONFIG, rejects=1, variants=VARIANTS, models=None, **changes) -> Path:
    """Write fake results under `root` and the page made of them; return its path."""
    write_fake_results(root, rejects=rejects, variants=variants, models=models, seeds=config["seeds"])
    evaluate_fake(root, variants=variants, models=models, seeds=config["seeds"])
    complete_manifest(root)
    complete_records(root)
    shown = VARIANTS[2] if VARIANTS[2] in variants else variants[0]
    write_explanations(root, shown)
    return build_page(root, config, shown, **changes)


def page_inputs(root: Path, config: dict = CONFIG) -> dict:
    """Write tables, figures and benchmarks as the sections want them; return what `build_report` reads of files."""
    sections = read_sections(TEXTS / "sections.yaml")
    files = list_inputs(sections, root, extras=[])
    runs = sorted({path.relative_to(root / "runs").parts[:2] for path in root.glob("runs/*/*")})
    explained = read_arrays(root / "explanations.safetensors", "explanations").parameters
    files["variants"] = [
        str(root / "figures" / model / variant / f"{name}.svg")
        for model, variant in runs
        for name in (*VARIANT, *(EXPLAINED if variant == explained["variant"] else ()))
    ]
    for path in map(Path, [*files["figures"], *files["variants"]]):
        if not path.exists():  # else the test has drawn it
            path.parent.mkdir(parents=True, exist_ok=True)
            svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 504 280'><title>{}</title></svg>"
            path.write_text(svg.format(path.stem))
    read, data = table_inputs(root), {"name": config["name"], "kind": config["dataset"]["kind"]}
    known = {table.name for table in build_tables(**read, **data).values()}
    tabulate_results(**read, **data, out=[path for path in files["tables"] if Path(path).stem in known])
    for path in files["tables"]:
        if Path(path).stem not in known:
            shown = pd.DataFrame({"What": ["of another step"], "Value": ["1"]})
            write_file(Table(Path(path).stem, f"Title of {Path(path).stem}", shown, shown), path)
    return files | {
        **read["metrics"],
        "paper_losses": read["reference"]["losses"],
        "paper_models": read["reference"]["models"],
        "originals": read["reference"]["originals"],
        "paper_settings": read["reference"]["settings"],
        "clips": root / "clips.safetensors",
        "explanations": root / "explanations.safetensors",
        "rejected": root / "rejected.tsv",
        "manifest": root / "manifest.tsv",
        "runs": sorted(root.glob("runs/**/run.json")),
        "schema": WORKFLOW / "schemas/config.schema.yaml",
    }


def build_page(root: Path, config: dict, variant: str, tables_json=(), texts=TEXTS, **changes) -> Path:
    """Build the page of fake results and return its path.

    tables_json: name -> content of tables to show instead of the results' own; changes: inputs to replace.
    """
    out = root / "report/index.html"
    inputs = page_inputs(root, config) | changes
    for name, content in dict(tables_json).items():
        (root / f"tables/{name}.json").write_text(json.dumps(content), encoding="utf-8")
    build_report(inputs, write_benchmarks(root), texts, config, variant, out)
    return out


def complete_manifest(root: Path) -> None:
    """Give the clips of the manifest what the index finds out about their videos."""
    manifest = read_table(root / "manifest.tsv", "manifest").assign(codec="mpeg4", fps=25.0, width=320, height=256)
    manifest["frames"] = 40 + np.arange(len(manifest)) % 9
    write_table(root / "manifest.tsv", "manifest", manifest, {})


def complete_records(root: Path) -> None:
    """Give every run.json the inputs and the code that trained it."""
    for path in root.glob("runs/**/run.json"):
        known = json.loads(path.read_text())
        made = {"inputs": [["folds.tsv", "ab" * 32]], "parameters": {"code": "0123456789abcdef"}}
        path.write_text(json.dumps(known | made))


def write_explanations(root: Path, variant: str, seed: int = 0) -> None:
    """Write probabilities that end at those of predictions.csv, and capsule norms to go with them."""
    clips = read_arrays(root / "clips.safetensors", "clips")
    names, frames = clips.parameters["clips"], clips["clip"].shape[1]
    answers = read_table(root / "metrics/predictions.csv", "predictions")
    chosen = answers[(answers.split == "test") & (answers.variant == variant) & (answers.seed == seed)]
    last = chosen.set_index("clip").loc[names, [f"p_{name}" for name in CLASSES]].to_numpy()
    share = np.linspace(0, 1, frames)[None, :, None]
    probability = share * last[:, None] + (1 - share) / len(CLASSES)
    arrays = {"probability": probability.astype(np.float32), "norms": (0.9 * probability).astype(np.float32)}
    made = clips.parameters | {"model": "capsule-lstm", "variant": variant, "seed": seed}
    write_arrays(root / "explanations.safetensors", "explanations", arrays, made)


def write_benchmarks(root: Path) -> Path:
    """Write what Snakemake measured of two trainings, and of a job that ended before it could be measured."""
    measured = {
        "train_fold/fold-0": {"s": 90.0, "max_rss": 512.0, "cpu_time": 85.0},
        "train_fold/fold-1": {"s": 30.0, "max_rss": 700.4, "cpu_time": 29.0},
        "evaluate": {"s": 0.3, "max_rss": "NA", "cpu_time": "-"},
    }
    for name, job in measured.items():
        path = root / f"benchmarks/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame([job]).to_csv(path, sep="\t", index=False)
    return root / "benchmarks"


def real_config(name: str, kind: str) -> dict:
    """Return the configuration of a data set that was not rendered."""
    return CONFIG | {"name": name, "dataset": CONFIG["dataset"] | {"kind": kind, "path": "x", "labels": {}}}


def rename_clip(root: Path, old: str, new: str) -> None:
    """Give a clip another name wherever the page reads it; call it before the page is built."""
    for name, format in (("manifest.tsv", "manifest"), ("metrics/predictions.csv", "predictions")):
        table = read_table(root / name, format)
        write_table(root / name, format, table.replace({"clip": {old: new}}), {})
    for name in ("clips", "explanations"):
        arrays = read_arrays(root / f"{name}.safetensors", name)
        made = arrays.parameters | {"clips": [new if clip == old else clip for clip in arrays.parameters["clips"]]}
        write_arrays(root / f"{name}.safetensors", name, dict(arrays), made)
