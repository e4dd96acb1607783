"""What every workflow script shares: its log, and errors in one sentence."""

import contextlib
import gc
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from videofer.core.errors import UserError, explain_disk
from videofer.pipeline.job_costs import describe_cost


@contextlib.contextmanager
def job(snakemake) -> Iterator[None]:
    """Send output and logging to the rule's log file; end with one sentence if the user can mend the fault.

    The log of a job that succeeded ends with what it cost.
    """
    gc.freeze()  # modules stay to the end: the collector's last look through torch's alone takes 0.4 s
    logging.raiseExceptions = False  # a log that cannot be written is no reason to fail, nor to say so twice
    try:
        with _logged(Path(snakemake.log[0])):
            yield
    except UserError as error:
        sys.exit(f"{snakemake.rule}: {error}")
    except OSError as error:
        told = explain_disk(error)
        if told is None:
            raise
        sys.exit(f"{snakemake.rule}: {told}")


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as log:
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        try:
            with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
                yield
            logging.info("%s", describe_cost())
        except (UserError, OSError) as error:
            told = error if isinstance(error, UserError) else explain_disk(error)
            if told is None:
                traceback.print_exc(file=log)
            else:
                logging.error("%s", told)
            raise
        except Exception:
            traceback.print_exc(file=log)
            raise
