"""DFEW: 16,372 scenes of films as pictures, labelled by ten people, with five given folds."""

import re
from pathlib import Path

from videofer.datasets import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, child, locate, read_text_rows

WORDS = {1: "Happy", 2: "Sad", 3: "Neutral", 4: "Angry", 5: "Surprise", 6: "Disgust", 7: "Fear"}
FOLDS = range(1, 6)
WHOLE = "[0-9]{1,9}"
PICTURES = (("Clip", "jpg_256"), ("Clip", "clip_224x224"), ("Clip", "clip_224x224_16f"))


def read(root: Path, subset: str) -> Found:
    """Read the test tables of the five folds; each clip is tested in one of them and trains in the others."""
    found = Found()
    tables = locate(root, "EmoLabel_DataSplit")
    pictures = next((f for names in PICTURES if (f := locate(root, *names))), None)
    if tables is None or pictures is None:
        missing = "EmoLabel_DataSplit" if tables is None else "Clip/jpg_256"
        if tables or pictures:
            found.reject(missing, root, f"{root} holds no {missing}: unpack it there.")
        return found
    seen: dict[str, str] = {}
    for fold in FOLDS:
        folder = child(tables, "test(single-labeled)")
        table = child(folder, f"set_{fold}.csv") if folder else None
        if table is None:
            told = tables / "test(single-labeled)" / f"set_{fold}.csv"
            found.reject(f"set_{fold}", told, f"{told} is missing: copy it again.")
            continue
        for video, label, *_ in read_text_rows(table, ","):
            if re.fullmatch(WHOLE, video) and re.fullmatch(WHOLE, label):
                _add(f"{int(video):05d}", int(label), str(fold), pictures, seen, found)
    return found


def _add(name: str, code: int, fold: str, pictures: Path, seen: dict[str, str], found: Found) -> None:
    folder = pictures / name
    if name in seen:
        found.reject(name, folder, f"{name} is tested in the folds {seen[name]} and {fold}: copy the tables again.")
    elif code not in WORDS:
        found.reject(name, folder, f"{name} has the label {code}, none of 1 to 7: copy the tables again.")
    elif not folder.is_dir():
        found.reject(name, folder, f"{folder} is missing, but has a label: copy it again.")
    else:
        found.clips.append(Clip(name, str(folder), name, WORDS[code], part=fold))
    seen.setdefault(name, fold)


DATASET = DataSet(
    title="DFEW, Dynamic Facial Expression in the Wild",
    reference="Jiang, Zong, Zheng, Tang, Xia, Lu, Liu 2020",
    licence="free for research, by a signed agreement",
    source="https://dfew-dataset.github.io (agreement by e-mail)",
    layout="Clip/jpg_256/00001/*.jpg and EmoLabel_DataSplit/test(single-labeled)/set_1.csv",
    labels={
        "Happy": "happy",
        "Sad": "sad",
        "Neutral": None,
        "Angry": "angry",
        "Surprise": "surprise",
        "Disgust": "disgust",
        "Fear": "fear",
    },
    subsets={"single-labelled": Subset("the clips of the five folds, with one label each", 11697)},
    read=read,
    official=tuple({str(part): "test" if part == fold else "train" for part in FOLDS} for fold in FOLDS),
    people=False,
    remarks=("No subject is named: the five folds as given, a tenth of each training part validates.",),
)
