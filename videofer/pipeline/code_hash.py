"""A hash of what a rule's code does, so that an edit reruns the rule and a mere touch or comment does not."""

import ast
import hashlib
import io
import tokenize
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The registry names the modules of models without importing them; a rule that trains a model passes its file.
NOT_COUNTED = "videofer.models.registry"


def code_hash(script: str | Path, root: Path = ROOT, modules: Sequence[Path] = ()) -> str:
    """Return 16 hexadecimal digits over a script and every videofer module that it imports, at any depth.

    modules: files that the script loads by name. Comments, docstrings, blank lines and file times do not count, nor
    does the version of Python. Data files beside a module (*.npz) do.
    """
    pending, seen = [Path(script), *modules], {}
    while pending:
        path = pending.pop()
        if path not in seen:
            seen[path], imported = _read(path, root)
            pending += imported
    digest = hashlib.sha256()
    for path in sorted(seen, key=str):
        digest.update(seen[path].encode())
    return digest.hexdigest()[:16]


def strip_source(text: str, nodes: Sequence[ast.AST]) -> str:
    """Return Python source without docstrings, comments, blank lines and trailing blanks; nodes: of its tree."""
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    lines = [line.encode() for line in lines]  # ast counts columns in bytes
    in_string = set()  # rows that end within a string, whose blanks count
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.Constant):
            in_string |= set(range(node.lineno - 1, node.end_lineno - 1))
    for node in nodes:
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            doc = node.body[0]
            first, last = doc.lineno - 1, doc.end_lineno - 1
            lines[first] = lines[first][: doc.col_offset] + lines[last][doc.end_col_offset :]
            lines[first + 1 : last + 1] = [b""] * (last - first)
            in_string -= set(range(first, last))
    lines = [line if row in in_string else line.rstrip() for row, line in enumerate(lines)]
    return b"\n".join(line for row, line in enumerate(lines) if line or row in in_string).decode()


@cache
def _read(path: Path, root: Path) -> tuple[str, tuple[Path, ...]]:
    """Return the digest of one module's source and data files, and the files of videofer that it imports."""
    text = path.read_text(encoding="utf-8")
    names, nodes = set(), list(ast.walk(ast.parse(text)))  # walked once: every parse of the workflow waits for this
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    digest = hashlib.sha256(strip_source(text, nodes).encode())
    if path.is_relative_to(root / "videofer"):
        for data in sorted(path.parent.glob("*.npz")):
            digest.update(data.read_bytes())
    files = []
    for name in sorted(names):
        parts = name.split(".")
        if parts[0] == "videofer" and not name.startswith(NOT_COUNTED):
            files += [root.joinpath(*parts[:n], "__init__.py") for n in range(2, len(parts) + 1)]
            files.append(root.joinpath(*parts).with_suffix(".py"))
    return digest.hexdigest(), tuple(path for path in files if path.is_file())
