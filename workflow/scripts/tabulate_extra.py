"""Write the table of an extra."""

from videofer.extras.tables import tabulate_extra
from videofer.jobs import job

with job(snakemake):
    tabulate_extra(
        snakemake.wildcards.extra,
        snakemake.input.metric,
        readings=snakemake.params.readings,
        out=snakemake.output,
        name=snakemake.params.name,
        kind=snakemake.params.kind,
    )
