"""Pack a finished study and how it came about as an RO-Crate, https://w3id.org/ro/wfrun/provenance/0.5.

Usage, in the folder of the run: python -m videofer.pipeline.crate results/rendered
"""

import ast
import base64
import json
import mimetypes
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import yaml

from videofer.core import __version__
from videofer.core.artifacts import atomic_path, sha256_file
from videofer.core.errors import UserError
from videofer.pipeline.config import SCHEMA
from videofer.pipeline.overlays import shorten

PROJECT = SCHEMA.parents[2]
CODE = ("workflow", "videofer", "envs")
WORKFLOW, CONFIG, METADATA = "workflow/Snakefile", "config.yaml", "ro-crate-metadata.json"
# Films and what is cut from them: large, and often not to be given away.
LEFT_OUT = ("videos", "identities", "frames", "faces", "clips", "clips.safetensors", "augmented.safetensors")
LEFT_OUT += ("explanations.safetensors", "resume", "known-videos.json", "crate.zip")
PROFILES = {
    "process": "Process Run Crate",
    "workflow": "Workflow Run Crate",
    "provenance": "Provenance Run Crate",
}
WORKFLOW_PROFILE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"


def write_crate(results: Path, records: Path = Path(".snakemake/metadata")) -> Path:
    """Write `results`/crate.zip and return its path: report, tables, trainings, code, and an action for every job.

    results: folder of a finished study below the working directory; records: what Snakemake noted of its
    jobs. Raises UserError if the study has no report or no records.
    """
    results = Path(shorten(results))
    jobs = list_jobs(records, results)
    report = results / "report/index.html"
    if not report.is_file() or not any(str(report) in job["output"] for job in jobs):
        raise UserError(f"{report} or what Snakemake noted of it is missing here: finish the run, in its folder.")
    files = {
        str(path): path
        for path in sorted(results.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and not _is_left_out(path.relative_to(results))
    }
    code = [
        path for part in CODE for path in sorted((PROJECT / part).rglob("*")) if "__pycache__" not in path.parts
    ]
    metadata = describe_run(results, jobs, files)
    crate = results / "crate.zip"
    with atomic_path(crate) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA, json.dumps(metadata, indent=1))
        archive.writestr(CONFIG, yaml.safe_dump(_find_config(jobs), sort_keys=False))
        for path in filter(Path.is_file, code):
            archive.write(path, path.relative_to(PROJECT))
        for name, path in files.items():
            archive.write(path, name)
    return crate


def _is_left_out(path: Path) -> bool:
    """Return whether a file, named relative to the main study, stays out; studies/{extra}/{study}/ are alike."""
    inner = path.parts[3:] if path.parts[0] == "studies" else path.parts
    return bool(inner) and inner[0] in LEFT_OUT


def list_jobs(records: Path, results: Path) -> list[dict]:
    """Return what Snakemake noted of each job of a study, in the order of their start, with all its `output`."""
    jobs = {}
    for path in records.rglob("*"):
        if path.is_dir():
            continue
        name = "".join(part.removeprefix("@") for part in path.relative_to(records).parts)  # long ones are folders
        output = base64.b64decode(name).decode(errors="replace")
        if Path(output).is_relative_to(results):
            record = json.loads(path.read_text(encoding="utf-8"))
            job = jobs.setdefault((record["starttime"], record["rule"], *record["log"]), record | {"output": []})
            job["output"].append(output)
    return [jobs[key] for key in sorted(jobs)]


def describe_run(results: Path, jobs: list[dict], files: Mapping[str, Path]) -> dict:
    """Return the content of ro-crate-metadata.json; files: name in the crate -> path."""
    rules = list(dict.fromkeys(job["rule"] for job in jobs))
    profiles = {f"https://w3id.org/ro/wfrun/{key}/0.5": name for key, name in PROFILES.items()}
    profiles[WORKFLOW_PROFILE] = "Workflow RO-Crate"
    began, ended = min(job["starttime"] for job in jobs), max(job["endtime"] for job in jobs)
    shown = [name for name in files if Path(name).relative_to(results).parts[0] in ("report", "tables", "figures")]
    entities = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": _refer(["https://w3id.org/ro/crate/1.1", WORKFLOW_PROFILE]),
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Facial expression recognition in video: the study {results.name}",
            "description": "Report, tables, figures and trainings of a study by videofer, its configuration, its "
            "code as it was when this was packed, and every job that made them. "
            "Films and what was cut from them are left out.",
            "datePublished": _show_time(ended)[:10],
            "license": "MIT, of the code; figures and report show faces: there the data set's own licence holds.",
            "conformsTo": _refer(profiles),
            "mainEntity": {"@id": WORKFLOW},
            "mentions": {"@id": "#run"},
            "hasPart": _refer([WORKFLOW, CONFIG, *(f"{part}/" for part in CODE), *map(quote, files)]),
        },
        *({"@id": key, "@type": "CreativeWork", "name": name, "version": "0.5"} for key, name in profiles.items()),
        {
            "@id": WORKFLOW,
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            "name": "videofer",
            "version": __version__,
            "programmingLanguage": {"@id": "#snakemake"},
            "input": {"@id": "#configuration"},
            "output": {"@id": "#report"},
            "hasPart": _refer(f"#rule-{rule}" for rule in rules),
            "step": _refer(f"#step-{rule}" for rule in rules),
        },
        {
            "@id": "#snakemake",
            "@type": ["ComputerLanguage", "SoftwareApplication"],
            "name": "Snakemake",
            "version": version("snakemake"),
            "url": "https://snakemake.github.io",
        },
        *(
            _describe_parameter(*each)
            for each in (("configuration", CONFIG), ("report", f"{results}/report/index.html"))
        ),
        {
            "@id": CONFIG,
            "@type": "File",
            "name": "configuration",
            "encodingFormat": "text/yaml",
            "exampleOfWork": {"@id": "#configuration"},
        },
        *({"@id": f"{part}/", "@type": "Dataset", "name": f"source code: {part}"} for part in CODE),
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"the run of {results.name}",
            "instrument": {"@id": WORKFLOW},
            "object": {"@id": CONFIG},
            "result": _refer(map(quote, shown)),
            "startTime": _show_time(began),
            "endTime": _show_time(ended),
        },
        {
            "@id": "#organisation",
            "@type": "OrganizeAction",
            "name": "Snakemake's scheduling of the jobs",
            "instrument": {"@id": "#snakemake"},
            "object": _refer(f"#control-{number}" for number in range(len(jobs))),
            "result": {"@id": "#run"},
        },
    ]
    for number, rule in enumerate(rules):
        tool, step = f"#rule-{rule}", f"#step-{rule}"
        entities.append({"@id": tool, "@type": "SoftwareApplication", "name": rule})
        entities.append({"@id": step, "@type": "HowToStep", "workExample": {"@id": tool}, "position": str(number)})
    for number, job in enumerate(jobs):
        action = {
            "@id": f"#job-{number}",
            "@type": "CreateAction",
            "name": job["rule"],
            "instrument": {"@id": f"#rule-{job['rule']}"},
            "object": _refer(_name_file(name, files) for name in job["input"]),
            "result": _refer(_name_file(name, files) for name in job["output"]),
            "startTime": _show_time(job["starttime"]),
            "endTime": _show_time(job["endtime"]),
        }
        step = {"@id": f"#step-{job['rule']}"}
        control = {"@id": f"#control-{number}", "@type": "ControlAction", "instrument": step}
        entities += [action, control | {"name": f"start of {job['rule']}", "object": {"@id": action["@id"]}}]
    entities += [_describe_file(name, path, results) for name, path in files.items()]
    sums = {name: text for job in jobs for name, text in (job.get("input_checksums") or {}).items()}
    for name in sorted({name for job in jobs for name in (*job["input"], *job["output"])} - set(files)):
        absent = {"@id": _name_file(name, files), "@type": "CreativeWork", "name": name}
        absent["description"] = "Not part of this crate."
        entities.append(absent | ({"identifier": sums[name]} if name in sums else {}))
    context = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
    return {"@context": context, "@graph": entities}


def _find_config(jobs: Iterable[Mapping]) -> dict:
    """Return the configuration, which the report's job is given whole."""
    texts = next(job["params"] for job in jobs if job["rule"] == "build_report")
    return next(ast.literal_eval(text) for text in texts if text.startswith("{"))


def _describe_parameter(name: str, example: str) -> dict:
    kind = {"@type": "FormalParameter", "additionalType": "File", "workExample": {"@id": quote(example)}}
    return {"@id": f"#{name}", "name": name} | kind


def _describe_file(name: str, path: Path, results: Path) -> dict:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    entity = {
        "@id": quote(name),
        "@type": "File",
        "name": str(Path(name).relative_to(results)),
        "encodingFormat": kind,
    }
    entity |= {"contentSize": str(path.stat().st_size), "sha256": sha256_file(path)}
    return entity | ({"exampleOfWork": {"@id": "#report"}} if name == f"{results}/report/index.html" else {})


def _name_file(name: str, files: Mapping[str, Path]) -> str:
    return quote(name) if name in files else f"#{quote(name)}"


def _refer(names: Iterable[str]) -> dict | list[dict]:
    references = [{"@id": name} for name in dict.fromkeys(names)]
    return references[0] if len(references) == 1 else references


def _show_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give one folder of results: python -m videofer.pipeline.crate results/rendered")
    try:
        print(write_crate(Path(sys.argv[1])))
    except UserError as error:
        sys.exit(str(error))
