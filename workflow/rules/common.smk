# What the stages share: the list of clips, the matrix of runs, and the hash that stands for a rule's code.

from videofer.pipeline.code_hash import code_hash
from videofer.pipeline.config import OWN_MODEL, model_settings, trained_models
from videofer.datasets.scan import scan_dataset
from videofer.folds.split import count_folds
from videofer.models.registry import model_file
from videofer.pipeline.plan import check_plan

# `--resources mem_mb=...` on the command line replaces the profile's limits: never let GPUs become unlimited.
if "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", 1)

try:
    SCAN = scan_dataset(config, Path(workflow.basedir))
    check_plan(config, SCAN)
    PEOPLE = sorted({clip.subject for clip in SCAN.clips})
    FOLDS = range(count_folds(config["folds"], PEOPLE, SCAN.official, SCAN.people))
except UserError as error:
    raise WorkflowError(str(error))

CLASSES = config["dataset"]["classes"]
CLIPS = {clip.clip: clip for clip in SCAN.clips}
# Every model is trained and measured on the same folds; figures and extras show the paper's own.
MODELS = {name: section["variants"] for name, section in trained_models(config).items()}
MODEL, VARIANTS = OWN_MODEL, MODELS[OWN_MODEL]
SEEDS = config["seeds"]


wildcard_constraints:
    dataset=config["name"],
    clip=r"[\w.-]+",
    subject=r"[\w.-]+",
    model=r"[\w-]+",
    variant=r"[\w-]+",
    seed=r"\d+",
    fold=r"\d+",


def code(rule, model=None):
    """Return a hash of the code that a rule runs, so that an edit reruns it and a checkout does not.

    model: the registered one that the rule trains; the code of the others does not count.
    """
    modules = [] if model is None else [model_file(model)]
    return code_hash(Path(workflow.basedir, "workflow", "scripts", f"{rule}.py"), modules=modules)


def run_files(folder):
    """Return the files of a training job by name."""
    files = {"weights": "model.safetensors", "history": "history.csv", "predictions": "predictions.csv"}
    return {name: f"{folder}/fold-{{fold}}/{file}" for name, file in (files | {"run": "run.json"}).items()}


def figure_files(name, rule, shows):
    """Return a figure's files in all formats; Snakemake's report shows the first."""
    svg, *others = multiext(f"results/{{dataset}}/figures/{name}", ".svg", ".pdf", ".png")
    labels = {"figure": name.removeprefix("figure-"), "shows": shows}
    return [report(svg, caption=f"../report/{rule}.rst", category="Figures", labels=labels), *others]
