"""FERV39k: scenes of 22 kinds as pictures of faces, with a given split into training and test."""

from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, child, locate, match_word, read_text_rows

WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
PARTS = ("train", "test")


def read(root: Path, subset: str) -> Found:
    """Read 4_setups/All_scenes/{train,test}_All.csv: lines such as "Action/Sad/0010 Sad"."""
    found = Found()
    tables = locate(root, "4_setups", "All_scenes")
    pictures = locate(root, "2_ClipsforFaceCrop")
    if tables is None or pictures is None:
        missing = "4_setups/All_scenes" if tables is None else "2_ClipsforFaceCrop"
        if tables or pictures:
            found.reject(missing, root, f"{root} holds no {missing}: unpack it there.")
        return found
    for part in PARTS:
        table = child(tables, f"{part}_All.csv")
        if table is None:
            told = tables / f"{part}_All.csv"
            found.reject(told.name, told, f"{told} is missing: copy it again.")
            continue
        for row in read_text_rows(table, " "):
            _add(row, part, table, pictures, found)
    return found


def _add(row: list[str], part: str, table: Path, pictures: Path, found: Found) -> None:
    path = row[0].replace("\\", "/").strip("/")
    word = match_word(row[-1], WORDS)
    name = path.replace("/", "-")
    if len(row) != 2 or word is None or path.count("/") != 2:
        found.reject(name, table, f"{table}: the line {' '.join(row)!r} is not like 'Action/Sad/0010 Sad'.")
    elif not (pictures / path).is_dir():
        found.reject(name, pictures / path, f"{pictures / path} is missing, but has a label: copy it again.")
    else:
        found.clips.append(Clip(name, str(pictures / path), name, word, part=part))


DATASET = DataSet(
    title="FERV39k, facial expressions in videos of 22 kinds of scene",
    reference="Wang, Sun, Huang, Liu, Gao, Zhang, Ge, Zhang 2022",
    licence="free for research, by a signed agreement",
    source="https://wangyanckxx.github.io/Proj_CVPR2022_FERV39k.html (agreement by e-mail)",
    layout="2_ClipsforFaceCrop/Action/Sad/0010/*.jpg and 4_setups/All_scenes/train_All.csv",
    labels=dict(zip(WORDS, ("angry", "disgust", "fear", "happy", None, "sad", "surprise"), strict=True)),
    subsets={"all": Subset("all scenes: 31,088 to train, 7,847 to test", 38935)},
    read=read,
    official=({"train": "train", "test": "test"},),
    people=False,
    remarks=(
        "No subject is named: training and test as given, a tenth of the training part validates.",
        "Its pictures are faces already cut out: where dlib misses them, try faces.upsample: 1.",
    ),
)
