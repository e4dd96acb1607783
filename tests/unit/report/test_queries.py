"""docs/queries.md: its blocks run as they stand and give the numbers of the tables."""

import re
from pathlib import Path

import pandas as pd
import pytest
from fake_runs import METRICS, MODELS, evaluate_fake, table_inputs, write_fake_results

from videofer.core.artifacts import read_table
from videofer.core.errors import UserError
from videofer.report.tables import build_tables, tabulate_results

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/queries.md").read_text(encoding="utf-8")
RESULTS = 'RESULTS = "results/rendered"'


def list_blocks() -> tuple[str, list[tuple[str, str]]]:
    """Return the first block, and (section, block) of the others; a section is the last name under ##."""
    name, blocks = None, []
    for heading, code in re.findall(r"^(?:##+ (.+?)$|```python\n(.*?)^```$)", TEXT, re.MULTILINE | re.DOTALL):
        name = heading if heading and not heading.startswith("Its ") else name
        if code:
            blocks.append((name, code))
    return blocks[0][1], blocks[1:]


SETUP, BLOCKS = list_blocks()


def compare_all(results: Path) -> None:
    """Run every block on a folder of results and compare its `result` with the CSV file of its section."""
    variants = read_table(results / "metrics/predictions.csv", "predictions").variant.nunique()
    for name, block in BLOCKS:
        if name == "table-design" and variants < 4:
            continue
        scope = {}
        assert RESULTS in SETUP
        exec(SETUP.replace(RESULTS, f"RESULTS = {str(results)!r}"), scope)
        exec(block, scope)
        folder = "metrics" if name in METRICS else "tables"
        result = scope["result"]
        header = 1 if folder == "metrics" else 0  # below the line of metadata
        file = pd.read_csv(results / folder / f"{name}.csv", header=header, keep_default_na=False, na_values=[""])
        # The blocks are of the paper's model.
        if folder == "metrics" and "model" in file and "model" not in result.index.names:
            file = file[file["model"] == "capsule-lstm"]
        file = file.set_index(list(result.index.names))
        assert set(result.index) <= set(file.index), f"{name}: rows that the table lacks"
        assert len(result) or name in ("rejected", "left-out", "remarks"), f"{name}: no rows"
        expected = file.loc[result.index, list(result.columns)]
        options = dict.fromkeys(("check_dtype", "check_index_type", "check_names"), False) | {"rtol": 1e-9}
        pd.testing.assert_frame_equal(result, expected, **options, obj=f"{name}: result")


def make_results(root: Path, seeds, folds, subjects=6, models=None) -> Path:
    write_fake_results(root, seeds=seeds, folds=folds, subjects=subjects, models=models)
    evaluate_fake(root, seeds=seeds, folds=folds, models=models)
    tables = build_tables(**table_inputs(root), name="demo", kind="rendered").values()
    out = [root / f"tables/{table.name}.csv" for table in tables]
    tabulate_results(**table_inputs(root), out=out, name="demo", kind="rendered")
    return root


@pytest.mark.parametrize(("seeds", "folds", "models"), [((0,), range(3), MODELS), ((0, 1, 2), range(2), None)])
def test_the_queries_give_the_numbers_of_the_tables(tmp_path, seeds, folds, models):
    compare_all(make_results(tmp_path, seeds, folds, models=models))


def test_every_table_has_a_query(tmp_path):
    make_results(tmp_path, (0,), range(3))
    assert {path.stem for path in (tmp_path / "tables").glob("*.csv")} <= {name for name, _ in BLOCKS}


@pytest.mark.parametrize("results", sorted(ROOT.glob("results/*/report/index.html")), ids=lambda p: p.parts[-3])
def test_the_queries_give_the_numbers_of_finished_runs(results):
    folder = results.parents[1]
    try:
        read_table(folder / "metrics/predictions.csv", "predictions")
    except UserError as error:
        pytest.skip(str(error))
    compare_all(folder)
