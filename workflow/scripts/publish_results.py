"""Copy the tables of a finished study into the repository, with what they were computed with."""

from pathlib import Path

from videofer.jobs import job
from videofer.publish import publish_results

with job(snakemake):
    publish_results(
        files=snakemake.input.files,
        records=snakemake.input.records,
        folder=Path(snakemake.output.provenance).parent,
        config=snakemake.params.config,
        overlays=snakemake.params.overlays,
    )
