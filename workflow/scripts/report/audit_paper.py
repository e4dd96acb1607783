"""Write the tables and the figure that check the paper's printed claims."""

from videofer.pipeline.jobs import job
from videofer.report.audit.figure import plot_audit
from videofer.report.audit.tables import audit_paper

with job(snakemake):
    reference, out = dict(snakemake.input.items()), snakemake.output
    audit_paper(reference=reference, settings=snakemake.params.settings, out=[*out.tables])
    plot_audit(*(reference[name] for name in ("losses", "models", "originals", "constants")), out=[*out.figure])
