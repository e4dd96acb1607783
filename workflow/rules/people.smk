# The recogniser that comes with the package: `snakemake people`; its settings are the section `people`.


rule draw_people:
    output:
        "results/{study}/people/clips/{batch}.safetensors",
    log:
        "results/{study}/logs/draw_people/{batch}.log",
    benchmark:
        "results/{study}/benchmarks/draw_people/{batch}.tsv"
    conda:
        "../../envs/video.yaml"
    params:
        drawing={key: config["people"][key] for key in ("identities", "batch", "clips_each", "seed", "levers")},
        landmark_model=config["faces"]["landmark_model"],
        code=code("draw_people"),
    script:
        "../scripts/people/draw_people.py"


rule train_people:
    input:
        batch_files(BATCHES[: -len(HELD)]),
    output:
        "results/{study}/people/members/{seed}.safetensors",
    log:
        "results/{study}/logs/train_people/{seed}.log",
    benchmark:
        "results/{study}/benchmarks/train_people/{seed}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=240,
    params:
        recipe=config["people"]["recipe"],
        code=code("train_people"),
    script:
        "../scripts/people/train_people.py"


rule export_people:
    input:
        members=expand(
            "results/{{study}}/people/members/{seed}.safetensors",
            seed=config["people"]["seeds"],
        ),
        held=batch_files(HELD),
    output:
        bundle=directory("results/{study}/people/bundle"),
        measured="results/{study}/people/measured.csv",
    log:
        "results/{study}/logs/export_people.log",
    benchmark:
        "results/{study}/benchmarks/export_people.tsv"
    conda:
        "../../envs/people.yaml"
    params:
        confidence=config["people"]["confidence"],
        code=code("export_people"),
    script:
        "../scripts/people/export_people.py"


rule people:
    input:
        f"results/{MAIN.name}/people/bundle",
