"""What every workflow script shares: its log, and errors in one sentence."""

import contextlib
import gc
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videofer.core.errors import explain


@contextlib.contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Send output and logging to the rule's log file; end with one sentence if the user can mend the fault."""
    gc.freeze()  # modules stay to the end: a collection at exit takes 0.4 s for those of torch alone
    logging.raiseExceptions = False  # a log that cannot be written is no reason to fail, nor to say so twice
    path = Path(snakemake.log[0])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", buffering=1) as log:
            form = "%(asctime)s %(levelname)s %(message)s"
            logging.basicConfig(level=logging.INFO, format=form, stream=log, force=True)
            try:
                with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
                    yield
            except Exception as error:
                if sentence := explain(error):
                    logging.error("%s", sentence)
                else:
                    traceback.print_exc(file=log)
                raise
    except Exception as error:
        if sentence := explain(error):
            sys.exit(f"{snakemake.rule}: {sentence}")
        raise
