"""Compare the studies of an extra with the main study."""

from videofer.evaluation.comparison import compare_studies
from videofer.pipeline.jobs import job

with job(snakemake):
    titles, folds = list(snakemake.params.variants), snakemake.params.folds
    predictions = list(snakemake.input.predictions)
    compare_studies(
        snakemake.input.main,
        predictions={title: predictions[n * folds : (n + 1) * folds] for n, title in enumerate(titles)},
        variants=snakemake.params.variants,
        main_folds=snakemake.input.main_folds,
        folds=dict(zip(titles, snakemake.input.folds, strict=True)),
        out=snakemake.output[0],
        code=snakemake.params.code,
    )
