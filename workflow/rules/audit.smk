# Audit: which printed claims of the paper can be true. It reads workflow/reference/ only, no result of a run.

from videofer.report.audit.unstated import pick_settings

AUDIT_TABLES = [
    f"table-audit-{subject}"
    for subject in ("accuracies", "differences", "classes", "baselines", "statements", "unstated")
]
AUDIT_FIGURES = ["figure-audit"]


rule audit_paper:
    input:
        losses=local(f"{REFERENCE}/table-4.1.csv"),
        models=local(f"{REFERENCE}/table-4.2.csv"),
        constants=local(f"{REFERENCE}/constants.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
        classes=local(f"{REFERENCE}/mmi-classes.csv"),
        recalls=local(f"{REFERENCE}/il-cnn-recalls.csv"),
        class_claims=local(f"{REFERENCE}/class-claims.csv"),
        statements=local(f"{REFERENCE}/statements.csv"),
        unstated=local(f"{REFERENCE}/unstated.csv"),
    output:
        [
            report(
                f"results/{{dataset}}/tables/{table}.csv",
                caption="../report/audit_paper.rst",
                category="Audit",
                labels={"table": table, "shows": table.removeprefix("table-audit-")},
            )
            for table in AUDIT_TABLES
        ],
        expand("results/{{dataset}}/tables/{table}.{format}", table=AUDIT_TABLES, format=["md", "tex", "json"]),
    log:
        "results/{dataset}/logs/audit_paper.log",
    conda:
        "../../envs/report.yaml"
    params:
        settings=pick_settings(config, f"{REFERENCE}/unstated.csv"),
        code=code("audit_paper"),
    script:
        "../scripts/audit_paper.py"


rule plot_audit:
    input:
        losses=local(f"{REFERENCE}/table-4.1.csv"),
        models=local(f"{REFERENCE}/table-4.2.csv"),
        originals=local(f"{REFERENCE}/originals.csv"),
        constants=local(f"{REFERENCE}/constants.csv"),
    output:
        report(
            "results/{dataset}/figures/figure-audit.svg",
            caption="../report/plot_audit.rst",
            category="Audit",
            labels={"figure": "audit", "shows": "printed accuracies and their uncertainty"},
        ),
        multiext("results/{dataset}/figures/figure-audit", ".pdf", ".png"),
    log:
        "results/{dataset}/logs/plot_audit.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("plot_audit"),
    script:
        "../scripts/plot_audit.py"
