"""Tabulate the accuracy of every pair of data sets."""

from videofer.pipeline.jobs import job
from videofer.report.tables.extras import TOGETHER, tabulate_cross

with job(snakemake):
    sets, files = list(snakemake.params.sets), list(snakemake.input.predictions)
    runs = len(files) // len(sets)
    predictions = {name: files[n * runs : (n + 1) * runs] for n, name in enumerate(sets)}
    predictions[TOGETHER] = list(snakemake.input.main)
    tabulate_cross(snakemake.input.clips, predictions=predictions, out=[*snakemake.output])
