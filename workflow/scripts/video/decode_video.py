"""Decode one clip to grey frames with their own time stamps."""

from videofer.pipeline.jobs import job
from videofer.video.decode import decode_video

with job(snakemake):
    decode_video(
        snakemake.input.video,
        snakemake.output[0],
        **snakemake.params.part,
        **snakemake.params.video,
        code=snakemake.params.code,
    )
