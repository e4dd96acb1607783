"""Stack the clips of the data set and list those that fell out."""

from videofer.clips.pack import pack_clips
from videofer.pipeline.jobs import job

with job(snakemake):
    pack_clips(
        snakemake.input.clips,
        snakemake.input.manifest,
        snakemake.input.rejected,
        out=snakemake.output.clips,
        out_rejected=snakemake.output.rejected,
        out_remarks=snakemake.output.remarks,
        classes=snakemake.params.classes,
        code=snakemake.params.code,
    )
