"""Write the whole result as one HTML page."""

from pathlib import Path

from videofer.pipeline.jobs import job
from videofer.report.page.build import build_report

with job(snakemake):
    build_report(
        dict(snakemake.input.items()),
        benchmarks=snakemake.params.benchmarks,
        texts=Path(snakemake.input.template).parent,
        config=snakemake.params.config,
        variant=snakemake.params.variant,
        out=snakemake.output[0],
    )
