"""SAVEE: four men speak 120 sentences each."""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import VIDEOS, list_files, list_folders, locate

WORDS = {
    "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "sa": "sadness", "su": "surprise",
}  # fmt: skip
NAME = re.compile(r"(sa|su|a|d|f|h|n)(\d+)", re.IGNORECASE)


def read(root: Path, subset: str, found: Found) -> None:
    """Read AudioVisualClip/DC/a1.avi and so on; the letters of a file's name are the emotion's."""
    for speaker in list_folders(locate(root, "AudioVisualClip")):
        for path in list_files(speaker, VIDEOS):
            if code := NAME.fullmatch(path.stem):
                found.add(f"{speaker.name}-{path.stem}", path, speaker.name.upper(), WORDS[code[1].lower()])
            else:
                found.reject(path.stem, path, "is not named like a1.avi or sa01.avi: rename it.")


DATASET = DataSet(
    title="SAVEE, Surrey Audio-Visual Expressed Emotion database",
    reference="Haq, Jackson 2009",
    licence="free for research, by registration",
    source="http://kahlan.eps.surrey.ac.uk/savee (registration)",
    layout="AudioVisualClip/DC/a1.avi",
    labels=map_words(tuple(WORDS.values())),
    subsets={"all": Subset("all videos", dict.fromkeys(WORDS.values(), 60) | {"neutral": 120}, 4)},
    read=read,
    remarks=("Four people: folds.count is 4, and intervals over people are wide.",),
)
