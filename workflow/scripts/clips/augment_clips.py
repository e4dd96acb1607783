"""Write the paper's eight versions of every clip."""

from videofer.clips.augment import augment_clips
from videofer.pipeline.jobs import job

with job(snakemake):
    augment_clips(
        snakemake.input.clips,
        snakemake.output[0],
        size=snakemake.params.size,
        corners=snakemake.params.corners,
        code=snakemake.params.code,
    )
