# What goes into the repository of a finished study: `snakemake publish_results --configfile ...` on request.

PUBLISHED = [
    *expand("tables/{table}.{format}", table=["table-4.1", "table-4.2", "table-4.2-cost"], format=["md", "csv"]),
    "figures/figure-models.svg",
]
PUBLIC = f"docs/results/{config['name']}"


rule publish_results:
    input:
        files=expand("results/{dataset}/{file}", dataset=config["name"], file=PUBLISHED),
        records=expand(expand(f"{RUN}/run.json", **RUNS), dataset=config["name"]),
    output:
        expand(f"{PUBLIC}/{{file}}", file=[Path(path).name for path in PUBLISHED]),
        config=f"{PUBLIC}/config.yaml",
        provenance=f"{PUBLIC}/README.md",
    log:
        f"results/{config['name']}/logs/publish_results.log",
    conda:
        "../../envs/report.yaml"
    params:
        config=config,
        overlays=[Path(path).name for path in workflow.overwrite_configfiles],
        code=code("publish_results"),
    script:
        "../scripts/publish_results.py"
