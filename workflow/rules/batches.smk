# What is made in batches: clips that are cut together, and the people who are drawn for the models of the package.


def studies_that(chosen):
    """Return the pattern of the names of those studies that `chosen` says yes to."""
    return "|".join(re.escape(name) for name, study in STUDIES.items() if chosen(study)) or "(?!)"


def cutting(wildcards):
    """Return the settings by which clips are cut in the study of the wildcard."""
    taken = STUDIES[wildcards.study].config
    readings = taken["readings"]["clips"]
    sections = {name: dict(taken[name]) for name in ("video", "faces", "clips")}
    return sections | {"track": readings["track"], "peak": readings["peak"]}


def batches_of(section):
    """Return the batches of rendered people of a section of the config, and those that no network is trained on."""
    drawn = config[section]
    batches = range(-(-drawn["identities"] // drawn["batch"]))
    if len(batches) < 2:
        raise WorkflowError(
            f"config: {section}.identities must be more than {section}.batch: the last batch trains nothing."
        )
    return batches, batches[-max(1, round(len(batches) * drawn["held_out"])) :]


# Batches of the people who are drawn. The last ones are people whom no network sees in training: they calibrate and
# judge.
BATCHES, HELD = batches_of("people")
MARKED, MARKED_HELD = batches_of("landmarks")


def batch_files(batches):
    """Return the drawn clips of batches."""
    return [f"results/{MAIN.name}/people/clips/{batch}.safetensors" for batch in batches]


def marked_files(batches):
    """Return the faces of batches with their true landmarks."""
    return [f"results/{MAIN.name}/landmarks/faces/{batch}.safetensors" for batch in batches]
