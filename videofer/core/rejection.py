"""Pass the reason why a clip cannot be used from the step that found it to the end of the run."""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from videofer.core.artifacts import Arrays, read_arrays, write_arrays
from videofer.core.errors import RejectedClip

log = logging.getLogger(__name__)


@contextlib.contextmanager
def rejection_kept(
    stage: str, out: str | Path, format: str, parameters: dict, inputs: Sequence[str | Path]
) -> Iterator[None]:
    """Write `out` as an artifact without arrays if the block raises RejectedClip.

    Its parameters name the stage that rejected the clip first: index, decode, detect or select.
    """
    try:
        yield
    except RejectedClip as error:
        first = getattr(error, "stage", stage)
        log.warning("rejected at %s: %s", first, error)
        write_arrays(out, format, {}, parameters | {"stage": first}, inputs, rejected=str(error))


def read_accepted(path: str | Path, format: str) -> Arrays:
    """Read a clip's artifact; raises the RejectedClip of the earlier step that rejected the clip."""
    arrays = read_arrays(path, format)
    if arrays.rejected is not None:
        error = RejectedClip(arrays.rejected)
        error.stage = arrays.parameters["stage"]
        raise error
    return arrays
