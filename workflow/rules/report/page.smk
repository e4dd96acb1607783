# The report: one page with everything; the tables and figures that it shows have a file each.

from videofer.report.page.sections import PARTS, list_inputs, read_sections

TEXTS = shorten(WORKFLOW / "report")
try:
    SECTIONS = read_sections(f"{TEXTS}/sections.yaml")
except UserError as error:
    raise WorkflowError(str(error))

CAPTIONS = [*(name for section in SECTIONS for name in section.figures), *VARIANT_FIGURES, *EXPLAINED_FIGURES]


rule build_report:
    input:
        # tables and figures: what sections.yaml names, of the extras those that the config asks for.
        unpack(lambda w: list_inputs(SECTIONS, f"results/{w.study}", [*EXTRA_TABLES, *EXTRA_FIGURES])),
        variants=variant_figures(VARIANT_FIGURES, EXPLAINED_FIGURES),
        overall="results/{study}/metrics/overall.csv",
        models="results/{study}/metrics/models.csv",
        comparisons="results/{study}/metrics/comparisons.csv",
        predictions="results/{study}/metrics/predictions.csv",
        clips="results/{study}/clips.safetensors",
        explanations="results/{study}/explanations.safetensors",
        rejected="results/{study}/rejected.tsv",
        manifest="results/{study}/manifest.tsv",
        runs=lambda wildcards: run_files(STUDIES[wildcards.study], "run.json"),
        paper_losses=local(f"{REFERENCE}/table-4.1.csv"),
        paper_models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
        paper_settings=local(f"{REFERENCE}/settings.csv"),
        captions=local(expand(f"{TEXTS}/{{name}}.rst", name=CAPTIONS)),
        schema=local(shorten(SCHEMA)),
        sections=local(f"{TEXTS}/sections.yaml"),
        template=local(f"{TEXTS}/index.html.j2"),
        parts=local([f"{TEXTS}/macros.html.j2", *expand(f"{TEXTS}/parts/{{part}}.html.j2", part=PARTS)]),
        styles=local(f"{TEXTS}/style.css"),
        script=local(f"{TEXTS}/script.js"),
    output:
        report(
            "results/{study}/report/index.html",
            caption=f"{WORKFLOW}/report/build_report.rst",
            category="Report",
            labels={"result": "page", "shows": "the whole result"},
        ),
    log:
        "results/{study}/logs/build_report.log",
    benchmark:
        "results/{study}/benchmarks/build_report.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        # Everything, not a section: the page shows the whole configuration.
        config=config,
        benchmarks=f"{PREFIX}results/{{study}}/benchmarks",
        variant=SHOWN,
        code=code("build_report"),
    script:
        "../../scripts/report/build_report.py"
