"""Download, check and unpack one archive of a record."""

from videofer.datasets.download import download_archive
from videofer.pipeline.jobs import job

with job(snakemake):
    download_archive(
        snakemake.input.record,
        f"{snakemake.wildcards.archive}.zip",
        snakemake.params.folder,
        snakemake.output[0],
    )
