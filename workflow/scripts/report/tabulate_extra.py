"""Write the table of an extra."""

from videofer.pipeline.jobs import job
from videofer.report.tables.extras import tabulate_extra

with job(snakemake):
    tabulate_extra(
        snakemake.wildcards.extra,
        snakemake.input.metric,
        readings=snakemake.params.readings,
        out=snakemake.output,
        name=snakemake.params.name,
        kind=snakemake.params.kind,
    )
