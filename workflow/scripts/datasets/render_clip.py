"""Render one clip of the demo data set: a subject performs an emotion."""

from videofer.datasets.rendered.clip import render_clip
from videofer.pipeline.jobs import job

with job(snakemake):
    render_clip(
        clip=snakemake.wildcards.clip,
        identity_path=snakemake.input.identity,
        out_path=snakemake.output[0],
        **snakemake.params.rendered,
    )
