"""Write the whole result as one HTML page."""

from pathlib import Path

from videofer.pipeline.jobs import job
from videofer.report.page.build import build_report

METRICS = ("overall", "models", "comparisons", "predictions")
SAME = ("clips", "rejected", "manifest", "runs", "figures", "tables", "schema")

with job(snakemake):
    build_report(
        **{name: snakemake.input[name] for name in SAME},
        metrics={name: snakemake.input[name] for name in METRICS},
        reference={name: snakemake.input[f"paper_{name}"] for name in ("losses", "settings")},
        explanations=snakemake.input.get("explanations"),
        benchmarks=snakemake.params.benchmarks,
        texts=Path(snakemake.input.template).parent,
        config=snakemake.params.config,
        variant=snakemake.params.variant,
        out=snakemake.output[0],
    )
