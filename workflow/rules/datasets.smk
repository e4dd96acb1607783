# The demo data set: people who do not exist, drawn and compressed to real video files.


rule draw_identity:
    output:
        temp("results/{study}/identities/{subject}.safetensors"),
    log:
        "results/{study}/logs/draw_identity/{subject}.log",
    benchmark:
        "results/{study}/benchmarks/draw_identity/{subject}.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        rendered={key: config["rendered"][key] for key in ("seed", "style")},
        code=code("draw_identity"),
    script:
        "../scripts/datasets/draw_identity.py"


rule render_clip:
    input:
        identity=lambda wildcards: f"results/{wildcards.study}/identities/{CLIPS[wildcards.clip].subject}.safetensors",
    output:
        "results/{study}/videos/{clip}.avi",
    log:
        "results/{study}/logs/render_clip/{clip}.log",
    benchmark:
        "results/{study}/benchmarks/render_clip/{clip}.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        rendered={key: config["rendered"][key] for key in ("style", "seed", "width", "height", "fps")},
        code=code("render_clip"),
    script:
        "../scripts/datasets/render_clip.py"
