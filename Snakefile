"""Videos in, the paper's tables and figures out. Run: snakemake --cores all --resources gpu=1"""

from pathlib import Path

from snakemake.utils import min_version, validate

from videofer.code_hash import code_hash
from videofer.datasets import scan
from videofer.gpu import gpus_per_job

min_version("9.0")


configfile: "config.yaml"


validate(config, "workflow/schemas/config.schema.yaml")

# `--resources mem_mb=...` on the command line replaces the profile's limits: never let GPUs become unlimited.
if "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", 1)

SCAN = scan(config, Path(workflow.basedir))
CLIPS = {clip.clip: clip for clip in SCAN.clips}
MODEL = config["model"]["name"]
VARIANTS = config["variants"]
SEEDS = config["seeds"]
FOLDS = range(config["folds"]["count"])


wildcard_constraints:
    dataset=config["name"],
    clip=r"[\w.-]+",
    subject=r"[\w.-]+",
    seed=r"\d+",
    fold=r"\d+",


def code(rule):
    """Return a hash of the code that a rule runs, so that an edit reruns it and a checkout does not."""
    return code_hash(Path(workflow.basedir, "workflow", "scripts", f"{rule}.py"))


localrules:
    all,


rule all:
    input:
        expand("results/{dataset}/report/index.html", dataset=config["name"]),
    default_target: True


include: "workflow/rules/dataset.smk"
include: "workflow/rules/faces.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/report.smk"
