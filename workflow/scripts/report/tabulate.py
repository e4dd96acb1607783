"""Write the paper's tables beside our figures."""

from pathlib import Path

from videofer.pipeline.jobs import job
from videofer.report.tables import tabulate_results

with job(snakemake):
    tabulate_results(
        metrics={Path(path).stem: path for path in snakemake.input.metrics},
        lists={Path(path).stem: path for path in snakemake.input.lists},
        reference={
            "losses": snakemake.input.paper_losses,
            "models": snakemake.input.paper_models,
            "originals": snakemake.input.originals,
        },
        out=[*snakemake.output],
        name=snakemake.params.name,
        kind=snakemake.params.kind,
    )
