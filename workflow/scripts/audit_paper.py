"""Write the tables that check the paper's printed claims."""

from videofer.audit.tables import audit_paper
from videofer.jobs import job

with job(snakemake):
    audit_paper(
        reference=dict(snakemake.input.items()), settings=snakemake.params.settings, out=[*snakemake.output]
    )
