"""Write the tables that check the paper's printed claims."""

from videofer.pipeline.jobs import job
from videofer.report.audit.tables import audit_paper

with job(snakemake):
    audit_paper(
        reference=dict(snakemake.input.items()), settings=snakemake.params.settings, out=[*snakemake.output]
    )
