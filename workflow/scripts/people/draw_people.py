"""Draw training clips of a batch of acting people."""

from videofer.people.batches import draw_batch
from videofer.pipeline.jobs import job

with job(snakemake):
    drawing = snakemake.params.drawing
    first = int(snakemake.wildcards.batch) * drawing["batch"]
    draw_batch(
        range(first, min(first + drawing["batch"], drawing["identities"])),
        drawing["clips_each"],
        drawing["seed"],
        drawing["levers"],
        snakemake.params.landmark_model,
        snakemake.params.code,
        snakemake.output[0],
    )
