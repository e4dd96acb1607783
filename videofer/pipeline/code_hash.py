"""A hash of what a rule's code does, so that an edit reruns the rule and a mere touch or comment does not."""

import ast
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The registry names the modules of models without importing them; a rule that trains a model passes its file.
NOT_COUNTED = "videofer.models.registry"


def code_hash(script: str | Path, root: Path = ROOT, modules: Sequence[Path] = ()) -> str:
    """Return 16 hexadecimal digits over a script and every videofer module that it imports, at any depth.

    modules: files that the script loads by name. Comments, docstrings, layout and file times do not count, nor does
    the version of Python. Data files beside a module (*.npz) do.
    """
    pending, seen = [Path(script), *modules], {}
    while pending:
        path = pending.pop()
        if path not in seen:
            seen[path], imported = _read(path, root)
            pending += imported
    digests = "".join(seen[path] for path in sorted(seen, key=str))
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def outline_source(text: str) -> str:
    """Return the syntax tree of Python source without docstrings, as text that no version of Python changes."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return repr(_outline(tree))


def _outline(node: object) -> object:
    if isinstance(node, list):
        return [_outline(child) for child in node]
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, _outline(value)) for name, value in ast.iter_fields(node)]
    # Newer versions know more fields, which are empty in source of an older one.
    return type(node).__name__, [field for field in fields if field[1] not in (None, [])]


@cache
def _read(path: Path, root: Path) -> tuple[str, tuple[Path, ...]]:
    """Return the digest of one module's source and data files, and the project's modules that it imports."""
    text = path.read_text(encoding="utf-8")
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    digest = hashlib.sha256(outline_source(text).encode())
    if path.is_relative_to(root / "videofer"):
        for data in sorted(path.parent.glob("*.npz")):
            digest.update(data.read_bytes())
    return digest.hexdigest(), tuple(p for name in sorted(names) for p in _module_files(name, root))


def _module_files(name: str, root: Path) -> list[Path]:
    """Return the file of a videofer module (with its packages' __init__), or nothing for other modules."""
    parts = name.split(".")
    if parts[0] != "videofer" or name.startswith(NOT_COUNTED):
        return []
    candidates = [root.joinpath(*parts[:n], "__init__.py") for n in range(2, len(parts) + 1)]
    candidates.append(root.joinpath(*parts).with_suffix(".py"))
    return [path for path in candidates if path.is_file()]
