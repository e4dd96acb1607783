"""DFEW: 16,372 scenes of films, labelled by ten people, with five given folds; its release has four forms of each.

Of those that are there the first is read: pictures of the face at the scene's own rate (clip_224x224; some mirrors
call it jpg_256), the same as .avi, the scenes themselves (original/1.mp4), or 16 pictures spread over a scene.
"""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words, read_parts
from videofer.datasets.sources import VIDEOS, list_files, list_folders, locate

WORDS = ("Happy", "Sad", "Neutral", "Angry", "Surprise", "Disgust", "Fear")  # of the codes 1 to 7
FOLDS = ("1", "2", "3", "4", "5")
WHOLE = re.compile("[0-9]{1,9}")
FORMS = ("clip_224x224", "jpg_256", "clip_224x224_avi", "original", "clip_224x224_16f", "clip_224x16f")


def read(root: Path, subset: str, found: Found) -> None:
    """Read the test tables of the five folds; each clip is tested in one of them and trains in the others."""
    tables = locate(root, "EmoLabel_DataSplit/test(single-labeled)")
    media = locate(root, *(f"Clip/{form}" for form in FORMS))
    if not found.has_parts(root, {"EmoLabel_DataSplit": tables, f"Clip/{FORMS[0]}": media}):
        return
    sources = (*list_files(media, VIDEOS), *list_folders(media))
    numbered = {int(source.stem): source for source in sources if WHOLE.fullmatch(source.stem)}
    tested: dict[str, str] = {}
    for fold, _, row in read_parts(found, tables, {fold: f"set_{fold}.csv" for fold in FOLDS}, ","):
        if len(row) < 2 or not all(WHOLE.fullmatch(cell) for cell in row[:2]):
            continue  # the header
        number, code = map(int, row[:2])
        name = f"{number:05d}"
        source = numbered.get(number)
        path = source or media / name
        if name in tested:
            found.reject(name, path, f"is tested in the folds {tested[name]} and {fold}: copy the tables again.")
        elif not 1 <= code <= len(WORDS):
            found.reject(name, path, f"has the label {code}, none of 1 to 7: copy the tables again.")
        elif source is None:
            found.reject(name, path, "is missing, but has a label: copy it again.")
        else:
            found.add(name, source, "", WORDS[code - 1], part=fold)
        tested.setdefault(name, fold)


DATASET = DataSet(
    title="DFEW, Dynamic Facial Expression in the Wild",
    reference="Jiang, Zong, Zheng, Tang, Xia, Lu, Liu 2020",
    licence="free for research, by a signed agreement",
    source="https://dfew-dataset.github.io (agreement by e-mail)",
    layout="Clip/clip_224x224/00001/*.jpg and EmoLabel_DataSplit/test(single-labeled)/set_1.csv",
    labels=map_words(WORDS),
    subsets={"single-labelled": Subset("the clips of the five folds, with one label each", 11697)},
    read=read,
    official=tuple({part: "test" if part == fold else "train" for part in FOLDS} for fold in FOLDS),
    people=False,
    remarks=(
        "No subject is named: the five folds as given, a tenth of each training part validates.",
        "Where several forms of the scenes are unpacked, faces at the scene's own rate (clip_224x224) are read.",
    ),
)
