"""Draw the figure of frames: the answer after every frame of a clip."""

from videofer.pipeline.jobs import job
from videofer.report.figures.frames import plot_frames

with job(snakemake):
    plot_frames(snakemake.input.explanations, snakemake.output)
