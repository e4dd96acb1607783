"""A torch module as an ONNX file, whose bytes depend on its weights alone."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn


def write_program(
    module: nn.Module, example: tuple[Tensor, ...], inputs: Sequence[str], output: str, out: Path
) -> None:
    """Write a module, ready to answer, for inputs of the example's shapes; inputs, output: their names."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of what is not needed here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, example, dynamo=True, verbose=False, input_names=list(inputs), output_names=[output]
        )
    # The exporter notes for each node where in the source it came from, with the paths of this machine.
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()
    program.save(out, external_data=False)
