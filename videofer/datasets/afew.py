"""AFEW: scenes of films, one folder an emotion, in the parts of the EmotiW challenges, without names of people."""

from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import VIDEOS, descend, list_files, locate

WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


def read(root: Path, subset: str) -> Found:
    """Read {train,val}_afew/<Emotion>/*.avi; the test part was given out without labels."""
    found = Found()
    for part in ("train", "val"):
        folder = locate(root, f"{part}_afew")
        for word in WORDS if folder else ():
            videos = list_files(descend(folder, word), VIDEOS)
            if not videos:
                found.reject(f"{part}-{word}", folder / word, "is missing or empty: copy it again.")
            for path in videos:
                name = f"{part}-{path.stem}"
                found.clips.append(Clip(name, str(path), name, word, part=part))
    return found


DATASET = DataSet(
    title="AFEW, Acted Facial Expressions in the Wild",
    reference="Dhall, Goecke, Lucey, Gedeon 2012; counts of EmotiW 2016",
    licence="free for research, by a signed agreement",
    source="https://cs.anu.edu.au/few (agreement by e-mail)",
    layout="train_afew/Angry/000046280.avi and val_afew/Angry/...",
    labels=map_words(WORDS),
    subsets={
        "all": Subset(
            "train and val of EmotiW 2016",
            dict(zip(WORDS, (197, 114, 127, 213, 207, 178, 120), strict=True)),
        )
    },
    read=read,
    official=({"train": "train", "val": "test"},),
    people=False,
    remarks=("No subject is named: train and val as given, a tenth of train validates. Several people may show.",),
)
