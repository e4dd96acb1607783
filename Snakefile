"""Videos in, the paper's tables and figures out. Run: snakemake --cores all --resources gpu=1"""

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from videofer.pipeline.config import check_config
from videofer.core.errors import UserError

min_version("9.19")


configfile: "config.yaml"


try:
    check_config(config)
except UserError as error:
    raise WorkflowError(str(error))


# Used by --sdm apptainer alone; containers/videofer.def says how to build it.
container: "containers/videofer.sif"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        expand("results/{dataset}/report/index.html", dataset=config["name"]),


include: "workflow/rules/dataset.smk"
include: "workflow/rules/faces.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/cross.smk"
include: "workflow/rules/report.smk"
