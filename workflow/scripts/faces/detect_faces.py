"""Find the face of one clip: boxes, one steady track, landmarks."""

from videofer.faces.detect import detect_faces
from videofer.pipeline.jobs import job

with job(snakemake):
    detect_faces(
        snakemake.input.frames,
        snakemake.output[0],
        **snakemake.params.faces,
        track=snakemake.params.track,
        **snakemake.params.stated,
        code=snakemake.params.code,
    )
