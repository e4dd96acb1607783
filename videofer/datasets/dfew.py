"""DFEW: 16,372 scenes of films, labelled by ten people, with five given folds; its release has four forms of each.

Of those that are there the first is read: pictures of the face at the scene's own rate (clip_224x224; some mirrors
call it jpg_256), the same as .avi, the scenes themselves (original/1.mp4), or 16 pictures spread over a scene.
"""

import re
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, child, folders, locate, read_text_rows
from videofer.datasets.sources import VIDEOS, list_files

WORDS = {1: "Happy", 2: "Sad", 3: "Neutral", 4: "Angry", 5: "Surprise", 6: "Disgust", 7: "Fear"}
FOLDS = range(1, 6)
WHOLE = "[0-9]{1,9}"
FORMS = ("clip_224x224", "jpg_256", "clip_224x224_avi", "original", "clip_224x224_16f", "clip_224x16f")


def read(root: Path, subset: str) -> Found:
    """Read the test tables of the five folds; each clip is tested in one of them and trains in the others."""
    found = Found()
    tables = locate(root, "EmoLabel_DataSplit")
    place = next((f for name in FORMS if (f := locate(root, "Clip", name))), None)
    if tables is None or place is None:
        missing = "EmoLabel_DataSplit" if tables is None else f"Clip/{FORMS[0]}"
        if tables or place:
            found.reject(missing, root, f"{root} holds no {missing}: unpack it there.")
        return found
    sources = _list_sources(place)
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
                _add(f"{int(video):05d}", int(label), str(fold), place, sources, seen, found)
    return found


def _list_sources(place: Path) -> dict[str, Path]:
    """Return number in five digits -> folder of pictures, or video."""
    sources = [*list_files(place, VIDEOS), *folders(place)]
    return {f"{int(one.stem):05d}": one for one in sources if re.fullmatch(WHOLE, one.stem)}


def _add(
    name: str, code: int, fold: str, place: Path, sources: dict[str, Path], seen: dict[str, str], found: Found
) -> None:
    source = sources.get(name)
    if name in seen:
        found.reject(
            name,
            source or place / name,
            f"{name} is tested in the folds {seen[name]} and {fold}: copy the tables again.",
        )
    elif code not in WORDS:
        place = source or place / name
        found.reject(name, place, f"{name} has the label {code}, none of 1 to 7: copy the tables again.")
    elif source is None:
        found.reject(name, place / name, f"{place / name} is missing, but has a label: copy it again.")
    else:
        found.clips.append(Clip(name, str(source), name, WORDS[code], part=fold))
    seen.setdefault(name, fold)


DATASET = DataSet(
    title="DFEW, Dynamic Facial Expression in the Wild",
    reference="Jiang, Zong, Zheng, Tang, Xia, Lu, Liu 2020",
    licence="free for research, by a signed agreement",
    source="https://dfew-dataset.github.io (agreement by e-mail)",
    layout="Clip/clip_224x224/00001/*.jpg and EmoLabel_DataSplit/test(single-labeled)/set_1.csv",
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
    remarks=(
        "No subject is named: the five folds as given, a tenth of each training part validates.",
        "Where several forms of the scenes are unpacked, faces at the scene's own rate (clip_224x224) are read.",
    ),
)
