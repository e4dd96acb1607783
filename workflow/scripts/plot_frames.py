"""Draw the figure of frames: the answer after every frame of a clip."""

from videofer.figures.frames import plot_frames
from videofer.jobs import job

with job(snakemake):
    plot_frames(snakemake.input.explanations, snakemake.output)
