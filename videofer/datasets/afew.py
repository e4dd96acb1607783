"""AFEW: scenes of films, one folder an emotion, in the parts of the EmotiW challenges; nobody says who is who."""

from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, child, locate
from videofer.datasets.sources import VIDEOS, list_files

WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
PARTS = ("train", "val")


def read(root: Path, subset: str) -> Found:
    """Read {train,val}_afew/<Emotion>/*.avi; the test part was given out without labels."""
    found = Found()
    for part in PARTS:
        place = locate(root, f"{part}_afew")
        if place is None:
            continue
        for word in WORDS:
            folder = child(place, word)
            videos = list_files(folder, VIDEOS) if folder and folder.is_dir() else []
            if not videos:
                found.reject(f"{part}-{word}", place / word, f"{place / word} is missing or empty: copy it again.")
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
    labels=dict(zip(WORDS, ("angry", "disgust", "fear", "happy", None, "sad", "surprise"), strict=True)),
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
