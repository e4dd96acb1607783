# The face of each clip.


rule detect_faces:
    input:
        frames=shared("frames", "frames/{clip}.safetensors"),
    output:
        "results/{study}/faces/{clip}.safetensors",
    log:
        "results/{study}/logs/detect_faces/{clip}.log",
    benchmark:
        "results/{study}/benchmarks/detect_faces/{clip}.tsv"
    priority: 1
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=2500,
    params:
        faces=setting("faces"),
        track=setting("readings.clips.track"),
        stated=stated("face_x", "rotation"),
        code=code("detect_faces"),
    script:
        "../scripts/faces/detect_faces.py"
