"""ADFES: 22 models show nine emotions and neutral, facing the camera or turning their head."""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import VIDEOS, find_files

WORDS = ("Anger", "Contempt", "Disgust", "Embarrassment", "Fear", "Joy", "Neutral", "Pride", "Sadness", "Surprise")
SUBJECT = re.compile(r"(?:ADFES(?:-BIV)?_)?([FM]\d{1,2})(?![0-9])", re.IGNORECASE)
VIEWS = {"face-forward": "forward", "turn-toward": "toward", "turn-away": "away"}


def read(root: Path, subset: str, found: Found) -> None:
    """Read videos at any depth, named like "F01-Joy-Face Forward.mp4"; without a view in the name it is forward."""
    for path in find_files(root, VIDEOS):
        name = path.stem.casefold()
        subject = SUBJECT.match(path.stem)
        words = [word for word in WORDS if word.casefold() in name]
        view = next((view for view, mark in VIEWS.items() if mark in name), "face-forward")
        if subject is None or len(words) != 1:
            found.left_out["a video that is not named like ADFES"] += 1
        elif subset not in (view, "all"):
            found.left_out[f"{view}, not asked for"] += 1
        else:
            found.add(path.stem.replace(" ", "_"), path, subject[1].upper(), words[0], view=view)


DATASET = DataSet(
    title="ADFES, Amsterdam Dynamic Facial Expression Set",
    reference="van der Schalk, Hawk, Fischer, Doosje 2011",
    licence="free for research, on request",
    source="https://aice.uva.nl/research-tools/adfes-stimulus-set",
    layout="F01-Joy-Face Forward.mp4 and the like, at any depth",
    labels=map_words(WORDS, Joy="happy"),
    subsets={
        "face-forward": Subset("faces towards the camera", subjects=22),
        "turn-toward": Subset("heads that turn towards the camera", subjects=22),
        "turn-away": Subset("heads that turn away from the camera", subjects=22),
        "all": Subset("all three; the authors count 648 films", 648, 22),
    },
    read=read,
)
