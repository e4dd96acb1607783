"""Write config/README.md, which describes every key, from the schema and the defaults.

Usage: python -m videofer.pipeline.describe_config
"""

import json
from collections.abc import Iterator, Mapping

import yaml

from videofer.pipeline.config import SCHEMA

ROOT = SCHEMA.parents[2]
PAGE = ROOT / "config" / "README.md"
MISSING = object()
LIMITS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
HEAD = """# Configuration

`config.yaml` holds the experiment, every key with its default and, in comments, what each value means; as it is,
it runs the demo on rendered faces, which needs no data. Cores, GPUs and clusters belong to profiles. Change keys
there, in a file for `--configfile` that holds only what differs, or by `--config 'training={epochs: 4}'`. A key
that is not listed here is refused.

For videos of your own, give their list, a table with the columns `path`, `subject` and `label`:

```yaml
name: mine
dataset: {kind: table, path: videos.csv}
```

For a published data set, give its kind and its folder: `dataset: {kind: mmi}` and `data_dir: /data/MMI`.

A relative path starts from the folder of the file that names it, or from the folder above where that is called
`config`; on the command line and in the keys of a module, from the working directory.

This page is written by `python -m videofer.pipeline.describe_config` from the schema: change that instead.
"""


def describe_config(schema: Mapping, defaults: Mapping) -> str:
    """Return a Markdown page with a table of the keys of each section: default, values, meaning.

    schema: JSON schema of the configuration; defaults: the configuration that it is laid over.
    """
    parts = [HEAD]
    single = {name: node for name, node in schema["properties"].items() if "properties" not in node}
    parts.append(_tabulate({"properties": single}, defaults, schema))
    for name, node in schema["properties"].items():
        if name not in single:
            parts.append(f"## {name}\n\n{node['description']}\n\n{_tabulate(node, defaults[name], schema)}")
    return "\n".join(parts)


def list_keys(section: Mapping, defaults: object, schema: Mapping) -> Iterator[tuple[str, Mapping, object]]:
    """Yield each key below a section of the schema, dotted, with its node and its default or MISSING.

    A name of the user's own stands as NAME; a key that refers to a common section is not followed.
    """
    inner = dict(section.get("properties", {}))
    free = section.get("additionalProperties")
    if isinstance(free, Mapping) and "properties" in free:
        inner["NAME"] = {"description": "A name of your own, with the keys below.", **free}
    for key, node in inner.items():
        default = defaults.get(key, MISSING) if isinstance(defaults, Mapping) else MISSING
        yield key, _resolve(node, schema), default
        for name, *rest in list_keys(node, default, schema):
            yield f"{key}.{name}", *rest


def _resolve(node: Mapping, schema: Mapping) -> dict:
    """Return a node with what it refers to among the schema's definitions."""
    node = schema["$defs"].get(str(node.get("$ref", "")).rpartition("/")[2], {}) | node
    return node | {"items": _resolve(node["items"], schema)} if "items" in node else node


def _tabulate(section: Mapping, defaults: Mapping, schema: Mapping) -> str:
    rows = ["| key | default | values | meaning |", "|---|---|---|---|"]
    for key, node, default in list_keys(section, defaults, schema):
        value = "" if default is MISSING or "properties" in node else f"`{json.dumps(default)}`"
        cells = [f"`{key}`", value, _describe_values(node), node["description"]]
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


def _describe_values(node: Mapping) -> str:
    """Return what a key may be, such as 'integer from 1 on' or 'list of `a`, `b`'."""
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    types = node.get("type", [one["type"] for one in node.get("oneOf", []) if "type" in one])
    words = {"null": "`null`", "object": "section", "string": "text", "boolean": "`true`, `false`"}
    text = " or ".join(words.get(name, name) for name in ([types] if isinstance(types, str) else types))
    for key, word in LIMITS.items():
        text += f", {word} {node[key]}" if key in node else ""
    if "items" in node:
        return text.replace("array", f"list of {_describe_values(node['items'])}")
    return text


def main() -> None:
    """Write the page."""
    schema, defaults = (
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in (SCHEMA, ROOT / "config" / "config.yaml")
    )
    PAGE.write_text(describe_config(schema, defaults), encoding="utf-8")


if __name__ == "__main__":
    main()
