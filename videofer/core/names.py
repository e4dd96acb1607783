"""Names of files and people that would break the line of a table."""

import unicodedata

# Control characters (line ends, tabs), halves of pairs (bytes that are no UTF-8), separators of lines, paragraphs.
BREAKING = ("Cc", "Cs", "Zl", "Zp")


def is_plain(name: str) -> bool:
    """Tell whether a name is one line of text in UTF-8."""
    return not any(unicodedata.category(character) in BREAKING for character in name)


def show_name(name: str) -> str:
    r"""Return a name on one line, with escapes such as \n for what breaks a line or is no text."""
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) in BREAKING else character for character in name
    )
