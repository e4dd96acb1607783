"""CREMA-D: actors speak twelve sentences in six emotions."""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import VIDEOS, list_files, locate

NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX|X)", re.IGNORECASE)
WORDS = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")


def read(root: Path, subset: str, found: Found) -> None:
    """Read the videos in VideoFlash; names tell actor, sentence, emotion and level."""
    for path in list_files(locate(root, "VideoFlash"), VIDEOS):
        codes = NAME.fullmatch(path.stem)
        if codes is None or codes[3].upper() not in WORDS:
            found.reject(path.stem, path, "is not named like 1001_DFA_ANG_XX.flv: rename it.")
        else:
            found.add(path.stem, path, codes[1], codes[3].upper())


DATASET = DataSet(
    title="CREMA-D, Crowd-sourced Emotional Multimodal Actors Dataset",
    reference="Cao, Cooper, Keutmann, Gur, Nenkova, Verma 2014",
    licence="Open Database License, contents Database Contents License",
    source="https://github.com/CheyneyComputerScience/CREMA-D (Git LFS)",
    layout="VideoFlash/1001_DFA_ANG_XX.flv",
    labels=map_words(WORDS),
    subsets={"all": Subset("all videos", dict.fromkeys(WORDS, 1271) | {"NEU": 1087}, 91)},
    read=read,
    remarks=("It has no surprise: dataset.classes names the other five, as in experiments/crema-d.yaml.",),
)
