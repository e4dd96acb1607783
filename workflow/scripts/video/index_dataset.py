"""Probe every video once: the manifest of those that can be used, a table of the others."""

from videofer.pipeline.jobs import job
from videofer.video.index import index_dataset
from videofer.video.limits import Limits

with job(snakemake):
    index_dataset(
        [
            clip | {"video": str(video)}
            for clip, video in zip(snakemake.params.clips, snakemake.input.videos, strict=True)
        ],
        snakemake.params.rejected,
        out=snakemake.output.manifest,
        out_rejected=snakemake.output.rejected,
        out_left_out=snakemake.output.left_out,
        cache=snakemake.params.cache,
        left_out=snakemake.params.left_out,
        threads=snakemake.threads,
        code=snakemake.params.code,
        limits=Limits(**snakemake.params.limits),
    )
