"""The commands that the pages and the help of the commands tell a reader to type."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Not docs/results: the pipeline writes it.
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(ROOT / name for name in ("benchmarks/README.md", "results/README.md")),
        *ROOT.glob("docs/*.md"),
    ]
)
SHELL = ("", "sh", "bash", "console")
# What a command in the middle of a sentence starts with; any other code there is a name of something.
PROGRAMS = r"(?:\.venv/bin/)?(?:make|snakemake|videofer|python|pip|sudo|source|sha256sum|sbatch|ffmpeg)(?= |$)"
SEPARATORS, LOOPS = {";", "|", "||", "&&", "&"}, ("for ", "done")


@dataclass(frozen=True)
class Command:
    """One command: its words, without redirections, and the page where it stands."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def list_blocks(page: Path, languages: tuple[str, ...]) -> list[str]:
    """Return the fenced blocks of a page that are in one of these languages."""
    fenced = re.findall(r"^```([\w-]*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [code for language, code in fenced if language in languages]


def list_scripts(page: Path) -> list[str]:
    """Return the blocks of a page that are typed into a shell; others without a language are data."""
    return [code for code in list_blocks(page, SHELL) if re.match(rf"{PROGRAMS}|for ", code)]


def list_commands(page: Path) -> list[Command]:
    """Return every command of a page, in its order: those of its blocks, and those in its sentences."""
    name = str(page.relative_to(ROOT))
    blocks = [line for script in list_scripts(page) for line in script.replace("\\\n", " ").splitlines()]
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    spoken = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    lines = blocks + [code for code in spoken if re.match(PROGRAMS, code)]
    return [Command(name, words) for line in lines for words in split_line(line)]


def list_help(text: str) -> list[Command]:
    """Return the examples at the end of the help of a command."""
    lines = text.partition("For example:")[2].splitlines()
    return [Command("--help", words) for line in lines for words in split_line(line.strip())]


def split_line(line: str) -> list[tuple[str, ...]]:
    """Return the commands of a line of shell, each as its words; comments and redirections are left out.

    So are variables set before a command, and "...", what the reader adds. A loop's first and last line hold none.
    """
    if line.startswith(LOOPS):
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&()<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    commands: list[list[str]] = [[]]
    skip = False
    for word in lexer:
        if word in SEPARATORS:
            commands.append([])
        elif set(word) <= set("<>"):
            skip = True
        elif skip:
            skip = False
        elif word != "..." and (commands[-1] or not re.match(r"\w+=", word)):
            commands[-1].append(word)
    return [tuple(words) for words in commands if words]
