# RAVDESS, which is open (CC BY-NC-SA 4.0), straight from its record at Zenodo, an archive an actor:
#   snakemake -s workflow/download_ravdess.smk --config data_dir=FOLDER
# and for the sung sentences --config data_dir=FOLDER part=Song. Killed, it goes on where it was.

from snakemake.exceptions import WorkflowError

RECORD = config.get("record", "https://zenodo.org/api/records/1188976")
PART = config.get("part", "Speech")
if not config.get("data_dir"):
    raise WorkflowError("Say where RAVDESS shall lie: --config data_dir=FOLDER.")
if PART not in ("Speech", "Song"):
    raise WorkflowError(f"part is {PART}, but RAVDESS has Speech and Song.")
FOLDER = config["data_dir"]
EVERYBODY = [actor for actor in range(1, 25) if not (PART == "Song" and actor == 18)]
ACTORS = [f"{int(actor):02d}" for actor in config.get("actors", EVERYBODY)]

# Zenodo turns away who asks for much at once.
if "download" not in workflow.global_resources:
    workflow.register_resource("download", 3)


localrules:
    all,


rule all:
    input:
        expand(f"{FOLDER}/downloads/Video_{PART}_Actor_{{actor}}.checked", actor=ACTORS),


rule fetch_record:
    output:
        f"{FOLDER}/downloads/record.json",
    log:
        f"{FOLDER}/downloads/logs/fetch_record.log",
    conda:
        "../envs/video.yaml"
    params:
        url=RECORD,
    script:
        "scripts/fetch_record.py"


rule download_archive:
    input:
        record=f"{FOLDER}/downloads/record.json",
    output:
        f"{FOLDER}/downloads/{{archive}}.checked",
    log:
        f"{FOLDER}/downloads/logs/{{archive}}.log",
    conda:
        "../envs/video.yaml"
    resources:
        download=1,
    params:
        folder=FOLDER,
    script:
        "scripts/download_archive.py"
