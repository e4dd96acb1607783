"""The audit's tables and figure: what they say of the paper follows from the reference files."""

import json
from decimal import Decimal
from string import Formatter

import pandas as pd
import pytest
import yaml
from fake_runs import CLASSES, REFERENCE, WORKFLOW

from videofer.clips.augment import ANGLES, MIRRORED
from videofer.core.errors import UserError
from videofer.core.study import FULL_VARIANT as FULL
from videofer.models.capsule_lstm import (
    ABSENT_WEIGHT,
    CAPSULE_SIZE,
    CROSS_ENTROPY_WEIGHT,
    FRAME_SIZE,
    LOWER_MARGIN,
    LSTM_UNITS,
    RECONSTRUCTION_WEIGHT,
    UPPER_MARGIN,
)
from videofer.report.audit import pick_settings, read_rows
from videofer.report.audit.classes import audit_classes, limit_correct, mean_recall
from videofer.report.audit.figure import draw_audit
from videofer.report.audit.printed import read_constants, read_printed
from videofer.report.audit.statements import audit_statements, list_facts
from videofer.report.audit.tables import audit_paper, build_audit

FILES = {
    "losses": "table-4.1",
    "models": "table-4.2",
    "constants": "constants",
    "originals": "originals",
    "classes": "mmi-classes",
    "recalls": "il-cnn-recalls",
    "class_claims": "class-claims",
    "statements": "statements",
    "unstated": "unstated",
}
PATHS = {key: REFERENCE / f"{name}.csv" for key, name in FILES.items()}
CONFIG = yaml.safe_load((WORKFLOW.parent / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = pick_settings(CONFIG, PATHS["unstated"])
NAMES = ["accuracies", "differences", "classes", "baselines", "statements", "unstated"]


@pytest.fixture(scope="module")
def tables():
    return {table.name.removeprefix("table-audit-"): table for table in build_audit(PATHS, SETTINGS)}


@pytest.fixture(scope="module")
def printed():
    return read_printed(PATHS["losses"], PATHS["models"])


def test_constants_are_those_that_the_code_takes_from_the_paper():
    constants = {key: float(value) for key, value in read_constants(PATHS["constants"]).items()}
    margins = constants["upper_margin"], constants["lower_margin"], constants["absent_weight"]
    assert margins == (UPPER_MARGIN, LOWER_MARGIN, ABSENT_WEIGHT)
    weights = constants["reconstruction_weight"], constants["cross_entropy_weight"]
    assert weights == (RECONSTRUCTION_WEIGHT, CROSS_ENTROPY_WEIGHT)
    sizes = constants["side"], constants["capsule"], constants["lstm"]
    assert sizes == (FRAME_SIZE, CAPSULE_SIZE, LSTM_UNITS)
    assert constants["frames"] == CONFIG["clips"]["length"] and constants["expressions"] == len(CLASSES)
    assert constants["stated_versions"] == len(ANGLES)
    assert constants["rotations"] == sum(angle != 0 for angle in ANGLES)
    assert ANGLES[MIRRORED] == 0  # the mirror image is not rotated, as the audit counts


def test_reference_files_agree_with_each_other():
    models = {row["model"]: row for row in read_rows(PATHS["models"])}
    first = {}
    for row in read_rows(PATHS["originals"]):
        first.setdefault(row["model"], row)
    for model, row in first.items():
        assert models[model]["original_name"] == row["original_name"]
        variants = [r["variant"] for r in read_rows(PATHS["originals"]) if r["model"] == model and r["percent"]]
        assert not variants or models[model]["variant"] in variants
    assert set(first) == set(models) - {"Capsule-LSTM"}


def test_two_figures_for_the_papers_own_model_are_refused(tmp_path):
    models = tmp_path / "table-4.2.csv"
    models.write_text(PATHS["models"].read_text(encoding="utf-8").replace("72.11", "72.12"), encoding="utf-8")
    with pytest.raises(UserError, match="Capsule-LSTM must have the accuracy"):
        read_printed(PATHS["losses"], models)
    percents = " ".join(str(entry.percent) for entry in read_printed(PATHS["losses"], PATHS["models"]))
    assert percents == "65.46 68.30 72.11 69.50 60.45 65.69 71.52 69.53"  # with their decimals


def test_only_the_full_model_can_be_a_share_of_208(tables):
    data = tables["accuracies"].data.set_index("name")
    possible = data[data["verdict"].str.startswith("possible")]
    assert possible.index.tolist() == [FULL]
    assert possible["truncated_k_of_208"].item() == 150 and pd.isna(possible["rounded_k_of_208"].item())
    assert data["truncated_k_of_1664"].dropna().to_dict() == {FULL: 1200, "3DCNN": 1006, "DTGAN": 1157}
    assert data["rounded_k_of_1664"].dropna().to_dict() == {"IL-CDD": 1093, "DTGAN": 1157}


def test_interval_of_the_best_figure_holds_most_others(tables):
    # Wilson, z = 1.96: (150 + z²/2 ± z sqrt(150 x 58 / 208 + z²/4)) / (208 + z²) = 65.66 to 77.77 %.
    data = tables["accuracies"].data.set_index("name")
    assert data.index[~data["inside_interval_of_best"]].tolist() == ["margin-margin", "3DCNN"]
    assert "In 65.66–77.77" in tables["accuracies"].shown.columns


def test_differences_that_cannot_be_significant(tables):
    data = tables["differences"].data.set_index(["first", "second"])
    assert len(data) == 6 + 4
    never = data.index[data["verdict"].str.startswith("cannot")].tolist()
    assert set(never) == {
        ("margin-reconstruction-margin", "margin-margin"),  # 2.84 points: reconstruction, margin
        (FULL, "margin-ce"),  # 2.61 points: reconstruction, cross-entropy
        ("margin-ce", "margin-reconstruction-margin"),
        (FULL, "CSACNN"),
        (FULL, "DTGAN"),
    }
    assert data.loc[(FULL, "CSACNN"), "points"] == Decimal("0.59")
    assert data.loc[(FULL, "CSACNN"), "clips"] == pytest.approx(1.2272)
    assert (data["points"] > 0).all()
    limits = data["least_p"] < 0.05
    assert (limits == data["most_opposed_clips"].notna()).all()


def test_differences_say_what_differs(tables):
    what = tables["differences"].data.set_index(["first", "second"])["what"]
    assert what[FULL, "margin-ce"] == "reconstruction loss, with cross-entropy on the LSTM"
    assert what["margin-ce", "margin-reconstruction-margin"].endswith("but without reconstruction loss")
    assert what[FULL, "margin-margin"].endswith("and with reconstruction loss")
    assert what["margin-ce", "margin-margin"].endswith(", without reconstruction loss")


def test_class_counts_give_the_published_figures(tables):
    columns = (("classes", "clips"), ("recalls", "correct"))
    counts, correct = ({row["class"]: int(row[key]) for row in read_rows(PATHS[name])} for name, key in columns)
    # (22/33 + 25/32 + 16/28 + 39/42 + 19/32 + 26/41) / 6
    assert mean_recall(counts, correct) == pytest.approx(69.597, abs=1e-3)
    basis = tables["classes"].data.iloc[0]
    assert basis["verdict"] == "agrees" and "147/208 = 70.67 %" in basis["computation"]
    assert "0 of the 30 sets" in tables["classes"].notes[0]


def test_statements_about_classes(tables):
    data = tables["classes"].data

    def find(words):
        return data[data["claim"].str.contains(words)].iloc[0]

    happy, fear, small = map(find, ("happy expression reaches", "below 50%", "relatively small"))
    assert happy["computation"] == "happy: 40/42 = 95.2 %" and happy["verdict"] == "possible"
    assert fear["computation"] == "fear: at most 13/28 = 46.4 %"
    assert small["verdict"] == "agrees for fear; contradicts the counts for angry"
    together = data.iloc[-1]
    # 150 - 40 - 13 = 97 of 33 + 32 + 32 + 41 = 138.
    assert "97 of 138 right (70.3 %)" in together["computation"] and together["verdict"] == "possible"


@pytest.mark.parametrize(
    ("claim", "name", "percent", "limits"),
    [
        ("recall", "happy", "90", (9, 9)),
        ("recall", "happy", "95", (11, 10)),  # no k/10 prints 95
        ("below", "fear", "50", (0, 1)),
        ("better", "happy", "", (6, 10)),  # above 50 %
        ("poor", "fear", "", (0, 1)),  # below 50 %
    ],
)
def test_limits_of_a_class(claim, name, percent, limits):
    row = {"claim": claim, "section": "4.3", "quote": "q", "classes": name, "percent": percent}
    assert limit_correct(row, {"happy": 10, "fear": 4}, 7, 14) == {name: limits}


def test_statements_that_cannot_hold_together():
    claims = [
        {"claim": "recall", "section": "4.3", "quote": "a", "classes": "happy", "percent": "100"},
        {"claim": "below", "section": "4.3", "quote": "b", "classes": "fear", "percent": "50"},
    ]
    arguments = {
        "claims": claims,
        "counts": {"happy": 10, "fear": 10, "sad": 5},
        "correct": {"happy": 5, "fear": 5, "sad": 3},
        "published": {"accuracy": Decimal("50.00"), "mean class recall": Decimal("51.00")},
        "clips": 25,
    }
    verdicts = audit_classes(**arguments, right=20).data["verdict"].tolist()
    assert verdicts == ["disagrees", "possible", "possible", "impossible"]  # at most 10 + 4 + 5
    assert audit_classes(**arguments, right=19).data["verdict"].iloc[-1] == "possible"


def test_no_quoted_figure_stands_in_its_original(tables):
    data = tables["baselines"].data.set_index("model")
    gaps = {model: str(gap) for model, gap in data["quoted_minus_original_points"].dropna().items()}
    assert gaps == {"3DCNN": "7.25", "IL-CDD": "-4.98", "DTGAN": "-0.71"}
    assert data.loc["CSACNN", "verdict"].startswith("not verifiable")
    assert "the original's name is IL-CNN" in data.loc["IL-CDD", "verdict"]
    shown = tables["baselines"].shown["The model's own paper (%)"]
    assert "53.2 (109/205)" in shown[0] and "70.67 (147/208)" in shown[1] and "70.24 (144/205)" in shown[3]
    assert tables["baselines"].notes[0].startswith("Of 3 quoted figures that can be looked up, 0 equal")


def test_statements_name_only_known_numbers_and_all_are_filled_in(tables, printed):
    constants = read_constants(PATHS["constants"])
    rows = read_rows(PATHS["statements"])
    named = {name for row in rows for _, name, *_ in Formatter().parse(row["computation"] + row["verdict"]) if name}
    facts = list_facts(printed, constants)
    assert named <= set(facts)
    assert set(facts) - named - set(constants) == set()  # nothing is computed in vain
    assert not any("{" in cell for cell in tables["statements"].shown.to_numpy().flatten())
    unknown = [{"section": "1", "quote": "q", "computation": "{moon}", "verdict": ""}]
    with pytest.raises(UserError, match="moon, not a known number"):
        audit_statements(unknown, printed, constants)


def test_open_questions_show_the_value_of_their_key(tables):
    shown = tables["unstated"].shown.set_index("Question (section)")["Key and value in this run"]
    assert shown["Batch size (4.2)"] == f"training.batch_size: {CONFIG['training']['batch_size']}"
    assert shown["Repetitions and seeds (4.2)"] == "seeds: 0"
    assert shown["Is any person on both sides of the split (4.1)"] == "– (no choice)"


def test_a_key_that_the_configuration_lacks_is_refused(tmp_path):
    path = tmp_path / "unstated.csv"
    path.write_text("question,section,paper,here,keys\nq,1,nothing,h,folds.colour\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"no key folds\.colour"):
        pick_settings(CONFIG, path)


def test_every_table_is_written_in_every_format(tmp_path):
    out = [tmp_path / f"table-audit-{name}.{suffix}" for name in NAMES for suffix in ("csv", "md", "tex", "json")]
    audit_paper(PATHS, SETTINGS, out)
    assert all(path.stat().st_size > 300 for path in out)
    for name in NAMES:
        content = json.loads((tmp_path / f"table-audit-{name}.json").read_text(encoding="utf-8"))
        assert all(len(row) == len(content["headings"]) for row in content["rows"]) and content["notes"]
        assert all(isinstance(cell, str) and cell for row in content["rows"] for cell in row)
    latex = (tmp_path / "table-audit-statements.tex").read_text(encoding="utf-8")
    assert r"\begin{tabular}{p{4.5cm}p{8.5cm}p{4.5cm}}" in latex and "c\\_ij" in latex


def test_figure_has_a_mark_for_each_figure_and_the_band(printed):
    axes = draw_audit(printed, read_rows(PATHS["originals"]), 208).axes[0]
    points = [(line.get_marker(), line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    assert sorted(x for marker, x in points if marker == "o") == sorted(float(p.percent) for p in printed)
    assert sorted(x for marker, x in points if marker == "D") == [53.2, 70.24, 70.67]
    band = axes.patches[0].get_bbox()
    assert (band.x0, band.x1) == (pytest.approx(65.66, abs=0.005), pytest.approx(77.77, abs=0.005))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "IL-CDD (its paper: IL-CNN)" in labels and "3DCNN" in labels
