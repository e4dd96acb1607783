"""FERV39k: scenes of 22 kinds as pictures of faces, with a given split into training and test."""

from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words, read_parts
from videofer.datasets.sources import locate

WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
TABLES = {"train": "train_All.csv", "test": "test_All.csv"}


def read(root: Path, subset: str, found: Found) -> None:
    """Read 4_setups/All_scenes/{train,test}_All.csv: lines such as "Action/Sad/0010 Sad"."""
    tables, pictures = locate(root, "4_setups/All_scenes"), locate(root, "2_ClipsforFaceCrop")
    if not found.has_parts(root, {"4_setups/All_scenes": tables, "2_ClipsforFaceCrop": pictures}):
        return
    for part, table, row in read_parts(found, tables, TABLES, " "):
        path = row[0].replace("\\", "/").strip("/")
        word = row[-1].capitalize()
        name = path.replace("/", "-")
        source = pictures / path
        if len(row) != 2 or word not in WORDS or path.count("/") != 2:
            fault = f"has the line {' '.join(row)!r}, not like 'Action/Sad/0010 Sad': correct it."
            found.reject(name, table, fault)
        elif not source.is_dir():
            found.reject(name, source, "is missing, but has a label: copy it again.")
        else:
            found.add(name, source, "", word, part=part)


DATASET = DataSet(
    title="FERV39k, facial expressions in videos of 22 kinds of scene",
    reference="Wang, Sun, Huang, Liu, Gao, Zhang, Ge, Zhang 2022",
    licence="free for research, by a signed agreement",
    source="https://wangyanckxx.github.io/Proj_CVPR2022_FERV39k.html (agreement by e-mail)",
    layout="2_ClipsforFaceCrop/Action/Sad/0010/*.jpg and 4_setups/All_scenes/train_All.csv",
    labels=map_words(WORDS),
    subsets={"all": Subset("all scenes: 31,088 to train, 7,847 to test", 38935)},
    read=read,
    official=({"train": "train", "test": "test"},),
    people=False,
    remarks=(
        "No subject is named: training and test as given, a tenth of the training part validates.",
        "Its pictures are faces already cut out: where dlib misses them, try faces.upsample: 1.",
    ),
)
