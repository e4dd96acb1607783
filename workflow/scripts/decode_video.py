"""Decode one clip to grey frames with their own time stamps."""

from videofer.jobs import job
from videofer.video import decode_video

with job(snakemake):
    decode_video(
        snakemake.input.video,
        snakemake.output[0],
        **snakemake.params.part,
        **snakemake.params.video,
        code=snakemake.params.code,
    )
