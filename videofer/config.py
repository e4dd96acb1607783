"""The experiment's configuration: checked before anything runs."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from videofer.errors import UserError

SCHEMA = Path(__file__).resolve().parent.parent / "workflow" / "schemas" / "config.schema.yaml"


def check_config(config: Mapping, schema: Path = SCHEMA) -> None:
    """Raise UserError, in one sentence that names the key, if `config` does not follow the schema."""
    validator = Draft202012Validator(yaml.safe_load(schema.read_text(encoding="utf-8")))
    error = best_match(validator.iter_errors(config))
    if error is not None:
        raise UserError(f"config: {explain(error)}")


def explain(error: ValidationError) -> str:
    """Say in one sentence what is wrong where, and what would be right."""
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {})) or list(error.schema.get("patternProperties", {}))
        unknown = next(key for key in error.instance if key not in known)
        close = get_close_matches(str(unknown), known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"the keys are {', '.join(known)}."
        return f"'{unknown}' is not a key{f' of {where}' if where else ''}: {hint}"
    description = error.schema.get("description")
    return f"{where or 'the file'}: {error.message}{f' ({description})' if description else ''}"
