"""Render one clip of the demo data set: a subject performs an emotion."""

from videofer.datasets.rendered.acted_clip import render_acted
from videofer.datasets.rendered.clip import render_clip
from videofer.pipeline.jobs import job

with job(snakemake):
    settings = dict(snakemake.params.rendered)
    render = {"posed": render_clip, "acted": render_acted}[settings.pop("style")]
    render(
        clip=snakemake.wildcards.clip,
        identity_path=snakemake.input.identity,
        out_path=snakemake.output[0],
        **settings,
    )
