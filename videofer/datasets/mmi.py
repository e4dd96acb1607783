"""MMI: sessions of a video and XML files; faces that lie on their side, and two views in one picture.

Layout and codes as public loaders read them (donydchen/causal_emotion, datasets/face_process/mmi.py, and
donydchen/FMPN-FER); of the coding of action units frame by frame, the files *-oao_aucs.xml, the markers 1, 2 and 3
are onset, apex and offset, and frames count from 1.
"""

import re
import statistics
import xml.etree.ElementTree as ET
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, folders, locate_all
from videofer.datasets.sources import list_files

WORDS = {1: "Anger", 2: "Disgust", 3: "Fear", 4: "Happiness", 5: "Sadness", 6: "Surprise"}
FRONTAL, PROFILE, BOTH = "0", "1", "2"  # values of session.xml's track view
VIEWS = {FRONTAL: "frontal", PROFILE: "profile", BOTH: "frontal and profile"}
UPRIGHT = {"S053", "S054"}  # whose frontal recordings do not lie on their side
# Recordings of both views: which half of the picture is frontal.
HALF = dict.fromkeys(("S001", "S002", "S017"), "right") | dict.fromkeys(
    ("S003", "S005", "S006", "S015", "S016"), "left"
)
PROFILE_ONLY = {"S021"}
NOT_IN_PAPER = {"S002-106"}  # labelled and frontal, but not among the 208
MARKERS = {"onset": "1", "apex": "2", "offset": "3"}
WHOLE = "[0-9]{1,9}"
LARGEST = 1_000_000  # bytes of an XML file; those of MMI have a few kilobytes


def read(root: Path, subset: str) -> Found:
    """Read the sessions under `root`; one without the emotion metatag is left out, as most of MMI has none.

    MMI is downloaded search by search: each gives a folder with Sessions of its own, and some share sessions.
    """
    found = Found()
    seen: set[str] = set()
    for session in (session for place in locate_all(root, "Sessions") for session in folders(place)):
        if session.name in seen:
            found.left_out["a second copy of a session"] += 1
            continue
        seen.add(session.name)
        videos = list_files(session, {".avi"})
        if not videos:
            found.left_out["no video in the session (still pictures)"] += 1
        for video in videos:
            _read_session(session, video, subset, found)
    return found


def _read_session(session: Path, video: Path, subset: str, found: Found) -> None:
    name = video.stem
    person = re.fullmatch(r"(S\d{3})[-_](\d+)", name, re.IGNORECASE)
    if person is None:
        found.reject(name, video, f"{video} is not named like S001-001.avi, so that nobody knows who it is.")
        return
    subject = person[1].upper()
    try:
        code = _read_emotion(session, name)
        if code is None:
            found.left_out["no emotion label"] += 1
        elif code not in WORDS:
            found.left_out[f"emotion code {code}, not one of the six"] += 1
        else:
            view = _read_view(session, subject)
            _add(session, video, f"{subject}-{person[2]}", subject, WORDS[code], view, subset, found)
    except _OddXML as error:
        found.reject(name, video, str(error))


def _add(
    session: Path, video: Path, name: str, subject: str, word: str, view: str, subset: str, found: Found
) -> None:
    if subset == "paper" and view == PROFILE:
        found.left_out["profile view only"] += 1
        return
    if subset == "paper" and name in NOT_IN_PAPER:
        found.left_out["not among the 208 sequences"] += 1
        return
    sideways = view == FRONTAL and subject not in UPRIGHT
    clip = Clip(
        name,
        str(video),
        subject,
        word,
        view=VIEWS[view],
        rotation=90 if sideways else 0,
        half=HALF.get(subject) if view == BOTH else None,
        **_read_coding(session, video.stem),
    )
    found.clips.append(clip)


class _OddXML(Exception):
    """An XML file that is missing or cannot be used, in one sentence."""


def _parse(path: Path) -> ET.Element:
    if path.stat().st_size > LARGEST:
        raise _OddXML(f"{path} is larger than any file of MMI: copy it again.")
    try:
        return ET.parse(path).getroot()  # expat ends entity bombs itself, as a ParseError
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _OddXML(f"{path} is not well-formed XML ({error}): copy it again.") from None


def _find(session: Path, name: str) -> Path | None:
    """Return the file of a session whatever the case of its name, and with '-' and '_' alike."""
    wanted = name.casefold().replace("_", "-")
    return next((p for p in list_files(session, {".xml"}) if p.name.casefold().replace("_", "-") == wanted), None)


def _read_emotion(session: Path, name: str) -> int | None:
    """Return the code of the metatag called Emotion, or None where the recording has no such tag."""
    path = _find(session, f"{name}.xml")
    if path is None:
        raise _OddXML(f"{session / name}.xml is missing, which holds the label: copy the session again.")
    for tag in _elements(_parse(path), "Metatag"):
        if tag.get("Name", "").strip().casefold() == "emotion":
            value = tag.get("Value", "").strip()
            if not re.fullmatch(WHOLE, value):
                raise _OddXML(f"{path} has the emotion {value[:40]!r}, which is no number: copy it again.")
            return int(value)
    return None


def _read_view(session: Path, subject: str) -> str:
    """Return the view of session.xml, or where that file is missing what is known of the subject."""
    path = _find(session, "session.xml")
    if path is None:
        return BOTH if subject in HALF else PROFILE if subject in PROFILE_ONLY else FRONTAL
    views = {track.get("view") for track in _elements(_parse(path), "track") if track.get("view")}
    if len(views & set(VIEWS)) != 1:
        told = ", ".join(sorted(views)) or "none"
        raise _OddXML(f"{path} should name one view (0, 1 or 2) in its track, but names {told}.")
    return (views & set(VIEWS)).pop()


def _read_coding(session: Path, name: str) -> dict[str, int | None]:
    """Return onset, apex and offset, counted from 0: the medians over the action units that were coded by frame."""
    path = _find(session, f"{name}-oao_aucs.xml")
    if path is None:
        return {}
    marked: dict[str, list[int]] = {mark: [] for mark in MARKERS}
    for unit in _elements(_parse(path), "ActionUnit"):
        for mark, kind in MARKERS.items():
            frames = [m.get("Frame", "") for m in _elements(unit, "Marker") if m.get("Type") == kind]
            marked[mark] += [int(frame) - 1 for frame in frames if re.fullmatch(WHOLE, frame) and int(frame) > 0]
    middle = {mark: statistics.median_low(frames) if frames else None for mark, frames in marked.items()}
    # Marker 2 is where the apex begins and 3 where it ends: the strongest frame is taken half-way.
    if middle["apex"] is not None and middle["offset"] is not None and middle["offset"] >= middle["apex"]:
        middle["apex"] = (middle["apex"] + middle["offset"]) // 2
    return middle


def _elements(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements called `name` at any depth, whatever case and namespace."""
    return [
        e for e in root.iter() if isinstance(e.tag, str) and e.tag.rpartition("}")[2].casefold() == name.casefold()
    ]


DATASET = DataSet(
    title="MMI Facial Expression Database",
    reference="Pantic, Valstar, Rademaker, Maat 2005; Valstar, Pantic 2010",
    licence="free for research, by a signed end-user agreement; no redistribution",
    source="https://mmifacedb.eu (account on request)",
    layout="Sessions/<number>/ with session.xml, S001-001.avi and S001-001.xml",
    labels={
        "Anger": "angry",
        "Disgust": "disgust",
        "Fear": "fear",
        "Happiness": "happy",
        "Sadness": "sad",
        "Surprise": "surprise",
    },
    subsets={
        "paper": Subset(
            "the 208 sequences of 31 subjects that the paper and IL-CNN use: all labelled ones but the profile "
            "views of S021 and S002-106",
            {"Anger": 33, "Disgust": 32, "Fear": 28, "Happiness": 42, "Sadness": 32, "Surprise": 41},
            31,
        ),
        "all": Subset(
            "all 213 sequences that bear one of the six labels, profile views included",
            {"Anger": 33, "Disgust": 32, "Fear": 29, "Happiness": 44, "Sadness": 32, "Surprise": 43},
            32,
        ),
    },
    read=read,
    remarks=(
        "Frontal recordings lie on their side and are turned, those of both views are cut to the frontal half; "
        "detection verifies it, and remarks.tsv tells where it disagrees.",
    ),
)
