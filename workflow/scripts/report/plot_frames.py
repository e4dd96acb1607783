"""Draw the figure of frames: the answer after every frame of a clip."""

from videofer.pipeline.jobs import job
from videofer.report.figures.answers import plot_frames
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_frames, snakemake.output, snakemake.input.explanations)
