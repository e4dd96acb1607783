# What the rules share: the clips, the studies with their models, seeds and folds, and the hash of a rule's code.

import hashlib
import re

from videofer.clips.batches import batch_clips
from videofer.core.study import FULL_VARIANT, OWN_MODEL
from videofer.datasets.scan import scan_dataset
from videofer.datasets.sources import PICTURES, list_files
from videofer.folds.protocol import count_folds
from videofer.models.registry import model_file
from videofer.pipeline.code_hash import code_hash
from videofer.pipeline.config import SCHEMA, check_plan, model_settings, read_schema, trained_models
from videofer.pipeline.studies import find_setting, list_studies

# The folder of rules/, scripts/, report/ and reference/, wherever this workflow is included from. What rules read of it
# has the path that stays when the whole project is moved.
WORKFLOW = ROOT / "workflow"
REFERENCE = shorten(WORKFLOW / "reference")
SCRIPTS = {path.stem: path for path in WORKFLOW.glob("scripts/*/*.py")}

# `--resources mem_mb=...` on the command line replaces the profile's limits: never let GPUs become unlimited.
if "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", 1)

try:
    SCAN = scan_dataset(config, Path())
    check_plan(config, SCAN)
    PEOPLE = sorted({clip.subject for clip in SCAN.clips})
    FOLDS = range(count_folds(config["folds"], PEOPLE, SCAN.official, SCAN.people))
    STUDIES = list_studies(
        config,
        read_schema(),
        people=len(PEOPLE),
        folds=len(FOLDS),
        annotated=any(clip.apex is not None or clip.offset is not None for clip in SCAN.clips),
    )
except UserError as error:
    raise WorkflowError(str(error))

MAIN = STUDIES[config["name"]]
CLIPS = {clip.clip: clip for clip in SCAN.clips}
CLIP_BATCHES = batch_clips(SCAN.clips, SCAN.people)
CLASSES = config["dataset"]["classes"]
VARIANTS = config["models"][OWN_MODEL]["variants"]
# The variant of figures 4.2 and 4.3: the paper's full model, or the first one trained where that is left out.
SHOWN = FULL_VARIANT if FULL_VARIANT in VARIANTS else VARIANTS[0]


wildcard_constraints:
    study="|".join(map(re.escape, STUDIES)),
    clip=r"[\w.-]+",
    batch=r"[\w.-]+",
    subject=r"[\w.-]+",
    model=r"[\w-]+",
    variant=r"[\w-]+",
    seed=r"\d+",
    fold=r"\d+",
    extra=r"[a-z-]+",


def code(rule, model=None):
    """Return a hash of the code that a rule runs, so that an edit reruns it and a checkout does not.

    model: the registered one that the rule trains; the code of the others does not count.
    """
    return code_hash(SCRIPTS[rule], modules=[] if model is None else [model_file(model)])


def setting(key):
    """Return the params function that finds a dotted key in the configuration of the wildcard `study`."""
    return lambda wildcards: find_setting(STUDIES[wildcards.study].config, key)


def film(clip):
    """Return the input of a clip: its video, which counts by its content, or its folder of pictures.

    Snakemake knows of a folder no more than its time, which a copy changes: `picture_state` stands for it in params.
    """
    video = ancient(clip.video) if picture_state(clip) else clip.video
    # Of a module with a prefix only what its rules make lies below it.
    return local(video) if PREFIX and config["dataset"]["kind"] != "rendered" else video


def picture_state(clip):
    """Return a hash of the names and sizes of a clip's pictures, or None for a video."""
    if not Path(clip.video).is_dir():
        return None
    pictures = sorted((path.name, path.stat().st_size) for path in list_files(Path(clip.video), PICTURES))
    return hashlib.sha256(repr(pictures).encode()).hexdigest()[:16]
