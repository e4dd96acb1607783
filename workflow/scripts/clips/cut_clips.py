"""Decode each clip of a batch, find its face and cut the frames of its peak."""

from videofer.clips.cut import Settings, cut_clips
from videofer.pipeline.jobs import job

with job(snakemake):
    source = snakemake.input
    cut_clips(
        [film | {"video": str(path)} for film, path in zip(snakemake.params.films, source.videos, strict=True)],
        Settings(**snakemake.params.settings),
        out=snakemake.output.clips,
        sums=snakemake.output.sums,
        out_faces=snakemake.output.get("faces"),
        faces=source.get("faces"),
        code=snakemake.params.code,
    )
