"""Draw one subject of the demo data set: shape, skin, hair and eyes."""

from videofer.datasets.rendered.identity import draw_identity
from videofer.pipeline.jobs import job

with job(snakemake):
    draw_identity(
        subject=snakemake.wildcards.subject,
        seed=snakemake.params.rendered["seed"],
        out_path=snakemake.output[0],
        style=snakemake.params.rendered["style"],
    )
