# Report: one page with everything; the tables and figures that it shows have a file each.


include: "tables.smk"
include: "figures.smk"
include: "statistics_figures.smk"
include: "explain.smk"
include: "leakage.smk"
include: "audit.smk"
include: "arms.smk"
include: "extras.smk"
include: "extras_figures.smk"


SHOWN_TABLES = [*TABLES, *LEAKAGE_TABLES, *AUDIT_TABLES, *EXTRA_TABLES]
SHOWN_FIGURES = ["figure-4.1", "figure-4.2", "figure-4.3", *STATISTICS_FIGURES, *EXPLAIN_FIGURES, *AUDIT_FIGURES]
SHOWN_FIGURES += EXTRA_FIGURES
TEXTS = f"{workflow.basedir}/workflow/report"


rule build_report:
    input:
        metrics=expand("results/{{dataset}}/metrics/{name}.csv", name=METRICS),
        rejected="results/{dataset}/rejected.tsv",
        manifest="results/{dataset}/manifest.tsv",
        runs=expand(f"{RUN}/run.json", **RUNS),
        figures=expand(
            "results/{{dataset}}/figures/{figure}.{format}",
            figure=SHOWN_FIGURES,
            format=["svg", "pdf", "png"],
        ),
        tables=expand(
            "results/{{dataset}}/tables/{table}.{format}",
            table=SHOWN_TABLES,
            format=["csv", "md", "tex", "json"],
        ),
        paper_losses=f"{REFERENCE}/table-4.1.csv",
        paper_models=f"{REFERENCE}/table-4.2.csv",
        paper_settings=f"{REFERENCE}/settings.csv",
        captions=expand(f"{TEXTS}/{{rule}}.rst", rule=["plot_samples", "plot_history", "plot_confusion"]),
        schema=f"{workflow.basedir}/workflow/schemas/config.schema.yaml",
        template=f"{TEXTS}/index.html.j2",
        styles=f"{TEXTS}/style.css",
    output:
        report(
            "results/{dataset}/report/index.html",
            caption="../report/build_report.rst",
            category="Report",
            labels={"page": "the whole result"},
        ),
    log:
        "results/{dataset}/logs/build_report.log",
    conda:
        "../../envs/report.yaml"
    params:
        # Everything, not a section: the page shows the whole configuration.
        config=config,
        variant=SHOWN,
        code=code("build_report"),
    script:
        "../scripts/build_report.py"
