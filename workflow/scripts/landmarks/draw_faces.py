"""Draw faces of a batch of people, with their true landmarks."""

from videofer.landmarks.draw import draw_batch
from videofer.pipeline.jobs import job

with job(snakemake):
    drawing = snakemake.params.drawing
    first = int(snakemake.wildcards.batch) * drawing["batch"]
    draw_batch(
        range(first, min(first + drawing["batch"], drawing["identities"])),
        drawing["seed"],
        snakemake.params.code,
        snakemake.output[0],
    )
