# Report: one page with everything; the tables and figures that it shows have a file each.


from videofer.report.page.sections import PARTS, list_inputs, list_rules, read_sections


include: "tables.smk"
include: "figures.smk"
include: "statistics_figures.smk"
include: "explain.smk"
include: "leakage.smk"
include: "audit.smk"
include: "extras_common.smk"
include: "arms.smk"
include: "extras.smk"
include: "extras_figures.smk"


TEXTS = f"{workflow.basedir}/workflow/report"
try:
    SECTIONS = read_sections(f"{TEXTS}/sections.yaml")
except UserError as error:
    raise WorkflowError(str(error))


rule build_report:
    input:
        # tables and figures: what sections.yaml names, of the extras those that the config asks for.
        unpack(lambda w: list_inputs(SECTIONS, f"results/{w.dataset}", [*EXTRA_TABLES, *EXTRA_FIGURES])),
        overall="results/{dataset}/metrics/overall.csv",
        models="results/{dataset}/metrics/models.csv",
        comparisons="results/{dataset}/metrics/comparisons.csv",
        predictions="results/{dataset}/metrics/predictions.csv",
        clips="results/{dataset}/clips.safetensors",
        explanations="results/{dataset}/explanations.safetensors",
        rejected="results/{dataset}/rejected.tsv",
        manifest="results/{dataset}/manifest.tsv",
        runs=expand(f"{RUN}/run.json", **RUNS),
        paper_losses=local(f"{REFERENCE}/table-4.1.csv"),
        paper_settings=local(f"{REFERENCE}/settings.csv"),
        captions=local(expand(f"{TEXTS}/{{rule}}.rst", rule=list_rules(SECTIONS))),
        schema=local(f"{workflow.basedir}/workflow/schemas/config.schema.yaml"),
        sections=local(f"{TEXTS}/sections.yaml"),
        template=local(f"{TEXTS}/index.html.j2"),
        parts=local([f"{TEXTS}/macros.html.j2", *expand(f"{TEXTS}/parts/{{part}}.html.j2", part=PARTS)]),
        styles=local(f"{TEXTS}/style.css"),
        script=local(f"{TEXTS}/script.js"),
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
        logs="results/{dataset}/logs",
        variant=SHOWN,
        code=code("build_report"),
    script:
        "../scripts/build_report.py"
