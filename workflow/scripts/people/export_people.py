"""Calibrate the networks together on people held out, and make the bundle."""

from videofer.people.export import export_members
from videofer.pipeline.jobs import job

with job(snakemake):
    export_members(
        snakemake.input.members,
        snakemake.input.held,
        snakemake.params.confidence,
        snakemake.params.code,
        snakemake.output.measured,
        snakemake.output.bundle,
    )
