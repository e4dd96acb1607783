# Extras: the study again with one thing changed (an arm), as far as `extras` in the config asks for it.

import yaml

from videofer.arms import list_arms
from videofer.config import SCHEMA

ARM = "results/{dataset}/arms/{extra}/{arm}"
# What every arm is compared with: the main study's runs of its first seed.
MAIN = f"results/{{dataset}}/runs/{MODEL}/{{variant}}/seed-{SEEDS[0]}/fold-{{fold}}/predictions.csv"
EXTRA_TABLES = {
    "leakage": "table-leakage-demonstration",
    "learning-curve": "table-learning-curve",
    "readings": "table-readings-study",
}
EXTRA_FIGURES = {"learning-curve": "figure-learning-curve", "readings": "figure-readings"}

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
    extra="|".join(EXTRA_TABLES),
    arm=r"[\w.=-]+",


def of_arm(artifact, path):
    """Return the input function for `path`: the arm's own where it makes the artifact, else the main study's."""
    return lambda w: f"{ARM if artifact in ARMS[w.extra, w.arm].makes else 'results/{dataset}'}/{path}"


def setting(*keys):
    """Return the params function that looks up a setting of the arm."""

    def look_up(wildcards):
        value = ARMS[wildcards.extra, wildcards.arm].config
        for key in keys:
            value = value[key]
        return value

    return look_up


def arm_runs(extra):
    """Return the predictions of all arms of an extra and of the main runs that they are compared with."""
    arms = [arm for arm in ARMS.values() if arm.extra == extra]
    variants = dict.fromkeys(arm.variant for arm in arms)
    main = expand(MAIN, variant=variants, fold=FOLDS, allow_missing=True)
    runs = [
        f"{ARM}/fold-{fold}/predictions.csv".replace("{extra}", extra).replace("{arm}", arm.name)
        for arm in arms
        for fold in FOLDS
    ]
    return {"main": main, "arms": runs}


use rule detect_faces as detect_faces_arm with:
    output:
        f"{ARM}/faces/{{clip}}.safetensors",
    log:
        "results/{dataset}/logs/arms/{extra}/{arm}/detect_faces/{clip}.log",
    params:
        faces=lookup("faces", within=config),
        track=setting("readings", "clips", "track"),
        code=code("detect_faces"),


use rule select_peak as select_peak_arm with:
    input:
        frames="results/{dataset}/frames/{clip}.safetensors",
        faces=of_arm("faces", "faces/{clip}.safetensors"),
    output:
        f"{ARM}/clips/{{clip}}.safetensors",
    log:
        "results/{dataset}/logs/arms/{extra}/{arm}/select_peak/{clip}.log",
