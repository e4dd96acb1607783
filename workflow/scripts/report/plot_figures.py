"""Draw every figure of the study and of each trained variant."""

from videofer.pipeline.jobs import job
from videofer.report.figures.study import draw_figures

with job(snakemake):
    draw_figures(
        dict(snakemake.input.items()),
        out=[*snakemake.output],
        kind=snakemake.params.kind,
        classes=snakemake.params.classes,
    )
