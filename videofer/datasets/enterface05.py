"""eNTERFACE'05: people of fourteen nations react to short stories, five sentences an emotion."""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import DEEPEST, VIDEOS, descend, list_files, list_folders, search

WORDS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
SUBJECT = re.compile(r"subject[ _-]*(\d+)", re.IGNORECASE)


def read(root: Path, subset: str, found: Found) -> None:
    """Read subject N/emotion/sentence k/*.avi, where some trees lack the sentence's folder.

    Subject and emotion are those of the folders: some files bear another subject's prefix.
    """
    # The subjects lie in "enterface database", which is `root` or up to two folders deeper.
    subjects = search(root, lambda f: [p for p in list_folders(f) if SUBJECT.fullmatch(p.name)], DEEPEST + 1)
    for number, folder in sorted({int(SUBJECT.fullmatch(path.name)[1]): path for path in subjects}.items()):
        for word in WORDS:
            emotion = descend(folder, word)
            name = f"subject{number}-{word}"
            videos = [v for f in (emotion, *list_folders(emotion)) for v in list_files(f, VIDEOS)]
            if not videos:
                found.reject(name, folder / word, "holds no video: copy it again.")
            for video in videos:
                sentence = "-".join(part.replace(" ", "") for part in video.relative_to(emotion).parts)
                found.add(f"{name}-{Path(sentence).stem}", video, f"subject{number}", word)


DATASET = DataSet(
    title="eNTERFACE'05 audio-visual emotion database",
    reference="Martin, Kotsia, Macq, Pitas 2006",
    licence="free for research",
    source="http://www.enterface.net/enterface05",
    layout="subject 1/anger/sentence 1/s1_an_1.avi",
    labels=map_words(WORDS),
    subsets={"all": Subset("all videos; trees in circulation hold up to 1293 of 44 subjects", 1166, 42)},
    read=read,
    remarks=(
        "Where subject 6 is not cut into sentences, its five count as one clip of each emotion; subject 23 lacks "
        "some emotions.",
    ),
)
