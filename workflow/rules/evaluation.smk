# Evaluation: the metrics of all trainings, what the models saw of the clips, and studies beside the main one.

# What `evaluate` computes from the predictions for `tabulate`.
FIRST = config["seeds"][:1]  # whose networks are explained
METRICS = ["overall", "models", "folds", "seeds", "subjects", "classes", "comparisons"]
METRICS += ["design", "resolution", "calibration"]
# What is explained: the variant of figures 4.2 and 4.3, or one that trained its decoder where that did not.
EXPLAINED = next((variant for variant in [SHOWN, *VARIANTS] if "reconstruction" in variant.split("-")), SHOWN)


rule evaluate:
    input:
        predictions=lambda wildcards: run_files(STUDIES[wildcards.study], "predictions.csv"),
        history=lambda wildcards: run_files(STUDIES[wildcards.study], "history.csv"),
        records=lambda wildcards: run_files(STUDIES[wildcards.study], "run.json"),
        manifest=f"results/{MAIN.name}/manifest.tsv",
        rejected=shared("clips", "rejected.tsv"),
        folds=shared("folds", "folds.tsv"),
    output:
        **{name: f"results/{{study}}/metrics/{name}.csv" for name in METRICS},
        predictions="results/{study}/metrics/predictions.csv",
        history="results/{study}/metrics/history.csv",
        confusion="results/{study}/metrics/confusion.csv",
        reliability="results/{study}/metrics/reliability.csv",
    log:
        "results/{study}/logs/evaluate.log",
    benchmark:
        "results/{study}/benchmarks/evaluate.tsv"
    conda:
        "../../envs/report.yaml"
    params:
        models=lambda w: {name: s["variants"] for name, s in trained_models(STUDIES[w.study].config).items()},
        seeds=setting("seeds"),
        folds=list(FOLDS),
        code=code("evaluate"),
    script:
        "../scripts/evaluation/evaluate.py"


rule explain_model:
    input:
        clips="results/{study}/clips.safetensors",
        folds="results/{study}/folds.tsv",
        weights=lambda wildcards: run_files(STUDIES[wildcards.study], "model.safetensors", EXPLAINED, FIRST),
        predictions=lambda wildcards: run_files(STUDIES[wildcards.study], "predictions.csv", EXPLAINED, FIRST),
        records=lambda wildcards: run_files(STUDIES[wildcards.study], "run.json", EXPLAINED, FIRST),
    output:
        "results/{study}/explanations.safetensors",
    log:
        "results/{study}/logs/explain_model.log",
    benchmark:
        "results/{study}/benchmarks/explain_model.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=code("explain_model"),
    script:
        "../scripts/evaluation/explain_model.py"


rule compare_studies:
    input:
        unpack(compared_files),
    output:
        "results/{study}/metrics/studies-{extra}.csv",
    log:
        "results/{study}/logs/compare_studies/{extra}.log",
    benchmark:
        "results/{study}/benchmarks/compare_studies/{extra}.tsv"
    conda:
        "../../envs/report.yaml"
    params:
        variants=lambda w: {s.title: s.config["models"][OWN_MODEL]["variants"][0] for s in studies_of(w.extra)},
        folds=len(FOLDS),
        code=code("compare_studies"),
    script:
        "../scripts/evaluation/compare_studies.py"
