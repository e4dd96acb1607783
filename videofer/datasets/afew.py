"""AFEW: scenes of films, one folder an emotion, in the parts of the EmotiW challenges, without names of people."""

from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import VIDEOS, descend, list_files, locate

CLIPS = {"Angry": 197, "Disgust": 114, "Fear": 127, "Happy": 213, "Neutral": 207, "Sad": 178, "Surprise": 120}


def read(root: Path, subset: str, found: Found) -> None:
    """Read {train,val}_afew/<Emotion>/*.avi; the test part was given out without labels."""
    for part in ("train", "val"):
        folder = locate(root, f"{part}_afew")
        for word in CLIPS if folder else ():
            videos = list_files(descend(folder, word), VIDEOS)
            if not videos:
                found.reject(f"{part}-{word}", folder / word, "is missing or empty: copy it again.")
            for path in videos:
                found.add(f"{part}-{path.stem}", path, "", word, part=part)


DATASET = DataSet(
    title="AFEW, Acted Facial Expressions in the Wild",
    reference="Dhall, Goecke, Lucey, Gedeon 2012; counts of EmotiW 2016",
    licence="free for research, by a signed agreement",
    source="https://cs.anu.edu.au/few (agreement by e-mail)",
    layout="train_afew/Angry/000046280.avi and val_afew/Angry/...",
    labels=map_words(CLIPS),
    subsets={"all": Subset("train and val of EmotiW 2016", CLIPS)},
    read=read,
    official=({"train": "train", "val": "test"},),
    people=False,
    remarks=("No subject is named: train and val as given, a tenth of train validates. Several people may show.",),
)
