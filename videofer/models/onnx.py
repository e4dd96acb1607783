"""A torch module as an ONNX file, whose bytes depend on its weights alone."""

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from videofer.core import __version__


def write_program(
    module: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    output: str,
    out: Path,
    about: Mapping[str, object],
) -> None:
    """Write a module, ready to answer, for inputs of the example's shapes and types; inputs, output: their names.

    about: what the file's metadata say of it, beside the version of videofer; other than text as JSON.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of what is not needed here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, example, dynamo=True, verbose=False, input_names=list(inputs), output_names=[output]
        )
    # The exporter notes for each node where in the source it came from, with the paths of this machine.
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()
    words = {key: value if isinstance(value, str) else json.dumps(value) for key, value in about.items()}
    program.model.metadata_props.clear()
    program.model.metadata_props.update({"videofer": __version__} | words)
    program.save(out, external_data=False)
