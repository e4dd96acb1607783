# What the rules of the extras share: the arms that the config asks for, and where their files lie.

import yaml

from videofer.pipeline.arms import list_arms
from videofer.pipeline.config import SCHEMA

ARM = "results/{dataset}/arms/{extra}/{arm}"
ARM_LOG = "results/{dataset}/logs/arms/{extra}/{arm}"

try:
    ARMS = list_arms(
        config,
        yaml.safe_load(SCHEMA.read_text(encoding="utf-8")),
        people=len(PEOPLE),
        annotated=any(clip.apex is not None or clip.offset is not None for clip in SCAN.clips),
    )
except UserError as error:
    raise WorkflowError(str(error))


wildcard_constraints:
    extra=r"[a-z-]+",
    arm=r"[\w.=-]+",


def made(artifact, path):
    """Return the input function for `path`: the arm's own where it makes the artifact, else the main study's."""
    return lambda w: f"{ARM if artifact in ARMS[w.extra, w.arm].makes else 'results/{dataset}'}/{path}"


def changed(*keys):
    """Return the params function that looks a setting up in the arm's config."""
    return lambda w: lookup("/".join(keys), within=ARMS[w.extra, w.arm].config)


def arms_of(wildcards):
    """Return the arms of an extra, in order."""
    return [arm for (extra, _), arm in ARMS.items() if extra == wildcards.extra]


def arm_files(wildcards):
    """Return the predictions of the arms and of the runs that they are compared with, and the folds of all."""
    folder, arms = f"results/{wildcards.dataset}", arms_of(wildcards)
    main = f"{folder}/runs/{MODEL}/{{variant}}/seed-{SEEDS[0]}/fold-{{fold}}/predictions.csv"
    arm = f"{folder}/arms/{wildcards.extra}/{{arm}}"
    return {
        "main": expand(main, variant=dict.fromkeys(a.variant for a in arms), fold=FOLDS),
        "arms": expand(f"{arm}/fold-{{fold}}/predictions.csv", arm=[a.name for a in arms], fold=FOLDS),
        "folds": f"{folder}/folds.tsv",
        "arm_folds": expand(f"{arm}/folds.tsv", arm=[a.name for a in arms if "folds" in a.makes]),
    }
