"""MMI: sessions of a video and XML files; faces that lie on their side, and two views in one picture.

Layout and codes as public loaders read them (donydchen/causal_emotion, datasets/face_process/mmi.py, and
donydchen/FMPN-FER); of the coding of action units frame by frame, the files *-oao_aucs.xml, the markers 1, 2 and 3
are onset, apex and offset, and frames count from 1.
"""

import re
import statistics
import xml.etree.ElementTree as ET
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import list_files, list_folders, locate_all

# Own words in the order of their codes, 1 to 6, with the clips that the paper uses.
CLIPS = {"Anger": 33, "Disgust": 32, "Fear": 28, "Happiness": 42, "Sadness": 32, "Surprise": 41}
FRONTAL, PROFILE, BOTH = "0", "1", "2"  # values of session.xml's track view
VIEWS = {FRONTAL: "frontal", PROFILE: "profile", BOTH: "frontal and profile"}
UPRIGHT = {"S053", "S054"}  # whose frontal recordings do not lie on their side
HALF = dict.fromkeys(("S001", "S002", "S017"), "right")  # recordings of both views: which half is frontal
HALF |= dict.fromkeys(("S003", "S005", "S006", "S015", "S016"), "left")
PROFILE_ONLY = {"S021"}
NOT_IN_PAPER = {"S002-106"}  # labelled and frontal, but not among the 208
WHOLE = re.compile("[0-9]{1,9}")
LARGEST = 1_000_000  # bytes of an XML file; those of MMI have a few kilobytes


class _OddFile(Exception):
    """A file that is missing or cannot be used: its path, and the fault."""


def read(root: Path, subset: str, found: Found) -> None:
    """Read the sessions under `root`; one without the emotion metatag is left out, as most of MMI has none.

    MMI is downloaded search by search: each gives a folder with Sessions of its own, and some share sessions.
    """
    seen: set[str] = set()
    for session in (session for folder in locate_all(root, "Sessions") for session in list_folders(folder)):
        if session.name in seen:
            found.left_out["a second copy of a session"] += 1
            continue
        seen.add(session.name)
        videos = list_files(session, {".avi"})
        if not videos:
            found.left_out["no video in the session (still pictures)"] += 1
        for video in videos:
            try:
                _read_recording(session, video, subset, found)
            except _OddFile as error:
                found.reject(video.stem, *error.args)


def _read_recording(session: Path, video: Path, subset: str, found: Found) -> None:
    """Add one recording, or note why it is left out; raises _OddFile."""
    person = re.fullmatch(r"(S\d{3})[-_](\d+)", video.stem, re.IGNORECASE)
    if person is None:
        raise _OddFile(video, "is not named like S001-001.avi, so that its subject is unknown: rename it.")
    subject = person[1].upper()
    name = f"{subject}-{person[2]}"
    code = _read_emotion(session, video.stem)
    if code is None:
        found.left_out["no emotion label"] += 1
    elif not 1 <= code <= len(CLIPS):
        found.left_out[f"emotion code {code}, not one of the six"] += 1
    elif (view := _read_view(session, subject)) == PROFILE and subset == "paper":
        found.left_out["profile view only"] += 1
    elif subset == "paper" and name in NOT_IN_PAPER:
        found.left_out["not among the 208 sequences"] += 1
    else:
        rotation = 90 if view == FRONTAL and subject not in UPRIGHT else 0
        half = HALF.get(subject) if view == BOTH else None
        part = {"view": VIEWS[view], "rotation": rotation, "half": half, **_read_coding(session, video.stem)}
        found.add(name, video, subject, list(CLIPS)[code - 1], **part)


def _read_emotion(session: Path, name: str) -> int | None:
    """Return the code of the metatag called Emotion, or None where the recording has no such tag."""
    path = session / f"{name}.xml"
    tags = _read_xml(path, "metatag")
    if tags is None:
        raise _OddFile(path, "is missing, which holds the label: copy the session again.")
    value = next(
        (t.get("Value", "").strip() for t in tags if t.get("Name", "").strip().casefold() == "emotion"), None
    )
    if value is not None and not WHOLE.fullmatch(value):
        raise _OddFile(path, f"has the emotion {value[:40]!r}, which is no number: copy it again.")
    return None if value is None else int(value)


def _read_view(session: Path, subject: str) -> str:
    """Return the view of session.xml, or where that file is missing what is known of the subject."""
    path = session / "session.xml"
    tracks = _read_xml(path, "track")
    if tracks is None:
        return BOTH if subject in HALF else PROFILE if subject in PROFILE_ONLY else FRONTAL
    views = {track.get("view") for track in tracks} - {None, ""}
    if len(views & set(VIEWS)) != 1:
        named = ", ".join(sorted(views)) or "none"
        raise _OddFile(path, f"should name one view (0, 1 or 2) in its track, but names {named}: copy it again.")
    return (views & set(VIEWS)).pop()


def _read_coding(session: Path, name: str) -> dict[str, int | None]:
    """Return onset, apex and offset, counted from 0: the medians over the action units that were coded by frame."""
    frames = {"1": [], "2": [], "3": []}  # of the markers of each type
    for marker in _read_xml(session / f"{name}-oao_aucs.xml", "marker") or ():
        kind, frame = marker.get("Type"), marker.get("Frame", "")
        if kind in frames and WHOLE.fullmatch(frame) and int(frame) > 0:
            frames[kind].append(int(frame) - 1)
    onset, apex, offset = (statistics.median_low(found) if found else None for found in frames.values())
    # Marker 2 is where the apex begins and 3 where it ends: the strongest frame is taken half-way.
    if apex is not None and offset is not None and offset >= apex:
        apex = (apex + offset) // 2
    return {"onset": onset, "apex": apex, "offset": offset}


def _read_xml(path: Path, tag: str) -> list[dict[str, str]] | None:
    """Return the attributes of each element called `tag` in any case and namespace; None: no file.

    The case of the file's name does not matter, nor whether it has '-' or '_'.
    """
    wanted = path.name.casefold().replace("_", "-")
    files = list_files(path.parent, {".xml"})
    path = next((file for file in files if file.name.casefold().replace("_", "-") == wanted), None)
    if path is None:
        return None
    if path.stat().st_size > LARGEST:
        raise _OddFile(path, "is larger than any file of MMI: copy it again.")
    try:
        elements = ET.parse(path).iter()  # expat ends entity bombs itself, as a ParseError
        return [e.attrib for e in elements if e.tag.rpartition("}")[2].casefold() == tag]
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _OddFile(path, f"is not well-formed XML ({error}): copy it again.") from None


DATASET = DataSet(
    title="MMI Facial Expression Database",
    reference="Pantic, Valstar, Rademaker, Maat 2005; Valstar, Pantic 2010",
    licence="free for research, by a signed end-user agreement; no redistribution",
    source="https://mmifacedb.eu (account on request)",
    layout="Sessions/<number>/ with session.xml, S001-001.avi and S001-001.xml",
    labels=map_words(CLIPS),
    subsets={
        "paper": Subset(
            "the 208 sequences of 31 subjects that the paper and IL-CNN use: all labelled ones but the profile "
            "views of S021 and S002-106",
            CLIPS,
            31,
        ),
        "all": Subset(
            "all 213 sequences that bear one of the six labels, profile views included",
            CLIPS | {"Fear": 29, "Happiness": 44, "Surprise": 43},
            32,
        ),
    },
    read=read,
    remarks=(
        "Frontal recordings lie on their side and are turned, those of both views are cut to the frontal half; "
        "detection verifies it, and remarks.tsv says where it disagrees.",
    ),
)
