"""Networks in ONNX files, run by onnxruntime: neither torch nor the code of the models is needed."""

from pathlib import Path

import onnxruntime

from videofer.core.errors import UserError

ERRORS_ONLY = 3  # of onnxruntime's levels: it warns of what it does not know of the machine


def open_session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open a network on `threads` threads of the processor; raises UserError for a file that cannot be run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    options.use_deterministic_compute = True
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own, which have only Exception in common
        raise UserError(
            f"{path.name} cannot be run by onnxruntime {onnxruntime.__version__} "
            f"({str(error).splitlines()[0]}): get it again, or update onnxruntime."
        ) from None
