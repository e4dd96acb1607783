# The landmark model that comes with the package: `snakemake landmarks`; its settings are the section `landmarks`.


rule draw_faces:
    output:
        "results/{study}/landmarks/faces/{batch}.safetensors",
    log:
        "results/{study}/logs/draw_faces/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/draw_faces/{batch}.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        drawing={key: config["landmarks"][key] for key in ("identities", "batch", "seed")},
        code=code("draw_faces"),
    script:
        "../scripts/landmarks/draw_faces.py"


rule train_landmarks:
    input:
        drawn=marked_files(MARKED[: -len(MARKED_HELD)]),
        held=marked_files(MARKED_HELD),
    output:
        model="results/{study}/landmarks/landmarks.onnx",
        measured="results/{study}/landmarks/measured.csv",
    log:
        "results/{study}/logs/train_landmarks.log",
    benchmark:
        "results/{study}/benchmarks/train_landmarks.tsv"
    conda:
        "../../envs/people.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        training={key: config["landmarks"][key] for key in ("steps", "seed")},
        code=code("train_landmarks"),
    script:
        "../scripts/landmarks/train_landmarks.py"


rule landmarks:
    input:
        f"results/{MAIN.name}/landmarks/landmarks.onnx",
