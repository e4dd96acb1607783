"""Write the paper's tables beside our figures."""

from videofer.jobs import job
from videofer.tables import tabulate_results

METRICS = ("overall", "folds", "classes", "comparisons")

with job(snakemake):
    tabulate_results(
        metrics={name: snakemake.input[name] for name in METRICS},
        rejected=snakemake.input.rejected,
        reference={"losses": snakemake.input.paper_losses, "models": snakemake.input.paper_models},
        out=[*snakemake.output],
        name=snakemake.params.name,
        kind=snakemake.params.kind,
    )
