"""What every workflow script shares: its log, and errors in one sentence."""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from videofer.errors import UserError
from videofer.job_costs import describe_cost


@contextlib.contextmanager
def job(snakemake) -> Iterator[None]:
    """Send output and logging to the rule's log file; end with one sentence if the user can mend the fault.

    The log of a job that succeeded ends with what it cost.
    """
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as log:
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        try:
            with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
                yield
            logging.info("%s", describe_cost())
        except UserError as error:
            logging.error("%s", error)
            sys.exit(f"{snakemake.rule}: {error}")
        except Exception:
            traceback.print_exc(file=log)
            raise
