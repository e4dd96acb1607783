"""Ask for the files of a record with their checksums."""

from videofer.datasets.download import fetch_record
from videofer.pipeline.jobs import job

with job(snakemake):
    fetch_record(snakemake.params.url, snakemake.output[0])
