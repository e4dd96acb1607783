"""The audit's tables, from the reference files."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from videofer.core.table_formats import Table, write_file
from videofer.report.audit import read_rows
from videofer.report.audit.accuracies import audit_accuracies, audit_baselines, audit_differences
from videofer.report.audit.classes import audit_classes
from videofer.report.audit.printed import match_count, read_constants, read_printed
from videofer.report.audit.statements import audit_statements, audit_unstated

CLASS_MODEL = "IL-CDD"  # as the paper calls IL-CNN, whose confusion matrix gives the class counts


def audit_paper(
    reference: Mapping[str, str | Path], settings: Mapping[str, object], out: Sequence[str | Path]
) -> None:
    """Write a table to each path of `out`: its stem is the table's name, its suffix the format.

    reference, settings: as for `build_audit`.
    """
    tables = {table.name: table for table in build_audit(reference, settings)}
    for path in out:
        write_file(tables[Path(path).stem], path)


def build_audit(reference: Mapping[str, str | Path], settings: Mapping[str, object]) -> list[Table]:
    """Return the audit's tables.

    reference: paths of losses (Table 4.1), models (Table 4.2), constants, originals, classes, recalls,
    class_claims, statements and unstated; settings: what `pick_settings` returns.
    """
    printed = read_printed(reference["losses"], reference["models"])
    constants, originals = read_constants(reference["constants"]), read_rows(reference["originals"])
    clips = int(constants["clips"])
    older = next(int(row["clips"]) for row in originals if row["clips"] and int(row["clips"]) != clips)
    (right,) = set(match_count(max(entry.percent for entry in printed), clips).values())
    main = [row for row in originals if row["model"] == CLASS_MODEL and row["figure"] == row["original_name"]]
    classes = audit_classes(
        claims=read_rows(reference["class_claims"]),
        counts={row["class"]: int(row["clips"]) for row in read_rows(reference["classes"])},
        correct={row["class"]: int(row["correct"]) for row in read_rows(reference["recalls"])},
        published={row["measure"]: Decimal(row["percent"]) for row in main},
        right=right,
        clips=clips,
    )
    return [
        audit_accuracies(printed, clips, older, int(constants["stated_versions"])),
        audit_differences(printed, clips),
        classes,
        audit_baselines(printed, originals),
        audit_statements(read_rows(reference["statements"]), printed, constants),
        audit_unstated(read_rows(reference["unstated"]), settings),
    ]
