# Audit: which printed claims of the paper can be true. It reads workflow/reference/ only, no result of a run.

from videofer.report.audit import pick_settings

AUDIT_TABLES = {
    "table-audit-accuracies": "printed accuracies as shares of the clips",
    "table-audit-differences": "printed differences",
    "table-audit-classes": "claims about single expressions",
    "table-audit-baselines": "quoted figures beside their papers",
    "table-audit-statements": "other claims of the text",
    "table-audit-unstated": "what the paper does not state",
}


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
        tables=table_files(AUDIT_TABLES, "audit_paper", category="Audit"),
        figure=figure_files("figure-audit", "printed accuracies and their uncertainty", category="Audit"),
    log:
        "results/{study}/logs/audit_paper.log",
    benchmark:
        "results/{study}/benchmarks/audit_paper.tsv"
    conda:
        "../../../envs/report.yaml"
    params:
        settings=pick_settings(config, f"{REFERENCE}/unstated.csv"),
        code=code("audit_paper"),
    script:
        "../../scripts/report/audit_paper.py"
