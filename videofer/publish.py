"""A finished study's tables as files of the repository, with a page that says what they were computed with."""

import json
import platform
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

from videofer import __version__
from videofer.report.provenance import digest_config, list_hardware
from videofer.report.settings import to_plain
from videofer.tables.wording import describe_data

PAGE, CONFIG = "README.md", "config.yaml"


def publish_results(
    files: Sequence[str | Path],
    records: Sequence[str | Path],
    folder: str | Path,
    config: Mapping,
    overlays: Sequence[str],
) -> None:
    """Copy `files` into `folder` unchanged and write the configuration and the page of provenance beside them.

    records: the run.json of every training; config: the whole configuration, with the overlays that were given.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, files):
        shutil.copyfile(path, folder / path.name)
    text = yaml.safe_dump(to_plain(config), sort_keys=False, allow_unicode=True)
    (folder / CONFIG).write_text(text, encoding="utf-8")
    runs = [json.loads(Path(path).read_text(encoding="utf-8")) for path in records]
    page = describe_study(runs, config, overlays, [Path(path).name for path in files], name_commit(folder))
    (folder / PAGE).write_text(page, encoding="utf-8")


def describe_study(
    runs: Sequence[dict], config: Mapping, overlays: Sequence[str], names: Sequence[str], commit: str
) -> str:
    """Return the page: of what data, configuration, code, versions and machines the files `names` are."""
    codes = {run["model"]: run["parameters"]["code"] for run in runs}
    machines = [dict(zip(list_hardware(runs)["headings"], row, strict=True)) for row in list_hardware(runs)["rows"]]
    trained = Counter(run["model"] for run in runs)
    facts = {
        "Copied here": f"{datetime.now(UTC):%Y-%m-%d}",
        "Commit": commit,
        "Configuration": f"[{CONFIG}]({CONFIG}), {' + '.join(['config.yaml', *overlays])}; "
        f"sha256 begins {digest_config(config)}",
        "Seeds": ", ".join(map(str, sorted({run["seed"] for run in runs}))),
        "Folds": str(len({run["fold"] for run in runs})),
        "Trainings": f"{len(runs)}: " + ", ".join(f"{model} {count}" for model, count in trained.items()),
        "torch, of the trainings": ", ".join(sorted({run["torch"] for run in runs})),
        "videofer, Python": f"{__version__}, {platform.python_version()}",
        "Machines": "; ".join(
            f"{row['Processor']}, {row['Cores']} cores, {row['Memory (GiB)']} GiB, GPU {row['GPU']}, "
            f"on {row['Trained on']}: {row['Trainings']} trainings"
            for row in machines
        ),
        "Code of the trainings": ", ".join(f"{model} {code}" for model, code in codes.items()),
    }
    lines = [
        f"# Results of `{config['name']}`",
        "",
        describe_data(config["name"], config["dataset"]["kind"]),
        "",
        *(f"- [{name}]({name})" for name in names),
        "",
        "| what | |",
        "| --- | --- |",
        *(f"| {fact} | {value} |" for fact, value in facts.items()),
        "",
        "Made by the rule `publish_results`; nothing here is typed by hand.",
    ]
    return "\n".join(lines) + "\n"


def name_commit(folder: Path) -> str:
    """Return the commit of the working tree and whether files other than those in `folder` differ from it."""

    def ask(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()

    try:
        commit = ask("rev-parse", "HEAD")
        changed = ask("status", "--porcelain", "--", ".", f":(exclude){folder}")
    except (OSError, subprocess.CalledProcessError):
        return "unknown: not in a git repository"
    return f"{commit}, with uncommitted changes" if changed else commit
