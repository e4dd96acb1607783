"""Look at every video once: the manifest of those that can be used, a table of the others."""

from pathlib import Path

from videofer.indexing import index_dataset
from videofer.jobs import job

with job(snakemake):
    index_dataset(
        snakemake.params.clips,
        snakemake.params.rejected,
        schema=Path(snakemake.scriptdir).parent / "schemas" / "manifest.schema.yaml",
        out=snakemake.output.manifest,
        out_rejected=snakemake.output.rejected,
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
