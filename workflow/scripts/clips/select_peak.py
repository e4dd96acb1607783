"""Choose the frames of one clip's peak and cut the face out."""

from videofer.clips.peak import select_peak
from videofer.pipeline.jobs import job

with job(snakemake):
    select_peak(
        snakemake.input.frames,
        snakemake.input.faces,
        snakemake.output[0],
        **snakemake.params.clips,
        method=snakemake.params.method,
        **snakemake.params.annotation,
        code=snakemake.params.code,
    )
