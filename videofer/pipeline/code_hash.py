"""A hash of what a rule's code does, so that an edit reruns the rule and a mere touch or comment does not."""

import ast
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


# The list of models names modules but imports none: who trains one counts that one, by `modules`.
NOT_COUNTED = "videofer.models.registry"


def code_hash(script: str | Path, root: Path = ROOT, modules: Sequence[Path] = ()) -> str:
    """Return 16 hexadecimal digits over a script and every videofer module that it imports, at any depth.

    modules: files that the script loads by name. Comments, docstrings, layout and file times do not count. Data
    files beside a module (*.npz) do.
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


@cache
def _read(path: Path, root: Path) -> tuple[str, tuple[Path, ...]]:
    """Return the digest of one module's syntax tree and data files, and the project's modules it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    _strip_docstrings(tree)
    digest = hashlib.sha256(ast.dump(tree).encode())
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


def _strip_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
