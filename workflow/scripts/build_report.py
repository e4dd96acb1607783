"""Write the whole result as one HTML page."""

from pathlib import Path

from videofer.html_report import build_report
from videofer.jobs import job

REFERENCE = ("losses", "models", "settings")
SAME = ("rejected", "manifest", "runs", "figures", "tables", "captions", "schema", "template", "styles")

with job(snakemake):
    build_report(
        **{name: snakemake.input[name] for name in SAME},
        metrics={Path(path).stem: path for path in snakemake.input.metrics},
        reference={name: snakemake.input[f"paper_{name}"] for name in REFERENCE},
        config=snakemake.params.config,
        variant=snakemake.params.variant,
        out=snakemake.output[0],
    )
