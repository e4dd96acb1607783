"""What a run says: how many jobs of each kind are done, about how long the others take, and what failed."""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LAST = 15  # lines of a failed job's log
MINUTE = 60


@dataclass
class Progress(logging.Filter):
    """Rewrites Snakemake's messages of jobs, which have ten lines each, on their way to the terminal and its log.

    Snakemake's own logger calls it for every message. It must not end a run: what it does not understand passes as
    it is. Messages are changed, never held back: logger plugins that a user has chosen want them all.
    """

    study: str  # the main one, which goes without saying
    total: Counter = field(default_factory=Counter)  # jobs of each rule
    done: Counter = field(default_factory=Counter)
    begun: dict[str, float] = field(default_factory=dict)  # rule -> when its first job started
    jobs: dict[int, tuple[str, str]] = field(default_factory=dict)  # number -> rule, name
    failed: dict[str, Sequence[str]] = field(
        default_factory=dict
    )  # name -> logs, of jobs that no later try has done

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a message; returns True, since every one is shown."""
        event = str(getattr(record, "event", ""))
        try:
            if event == "run_info":
                self.total = Counter(record.stats)
            elif event == "job_info":
                rule = record.rule_name
                self.jobs[record.jobid] = rule, name_job(rule, record.wildcards, self.study)
                self.begun.setdefault(rule, time.monotonic())
                record.rule_msg = self.describe(record.jobid)
            elif event == "job_finished":
                rule, name = self.jobs[record.job_id]
                self.done[rule] += 1
                self.failed.pop(name, None)
                record.msg = f"Finished {self.describe(record.job_id)}"
            elif event == "job_error":
                self.failed[self.jobs[record.jobid][1]] = [str(path) for path in record.log]
        except Exception as error:  # whatever another version of Snakemake makes of its messages
            logging.getLogger(__name__).debug("A message that could not be read: %r", error)
        return True

    def describe(self, job: int) -> str:
        """Return a job's name, and how far the jobs of its rule are."""
        rule, name = self.jobs[job]
        done, total = self.done[rule], self.total[rule]
        if total < 2:
            return name
        left = ""
        if 0 < done < total:
            left = f", about {show_time((time.monotonic() - self.begun[rule]) / done * (total - done))} left"
        return f"{name}: {done} of {total} done{left}"

    def explain_failures(self) -> str:
        """Return each failed job with its logs and their last lines."""
        parts = []
        for name, logs in self.failed.items():
            parts.append(f"Failed: {name}")
            for log in logs:
                try:
                    lines = Path(log).read_text(errors="replace").splitlines()[-LAST:]
                except OSError as error:
                    lines = [f"(it cannot be read: {error.strerror})"]
                parts += [f"  its log, {log}, ends with:", *(f"    {line}" for line in lines)]
        return "\n".join(parts)


def watch(workflow: Any, logger: logging.Logger, study: str) -> Progress:
    """Let `logger`, Snakemake's own, say how far the run is, unless this is a plan or a job's own process."""
    progress = Progress(study)
    if workflow.is_main_process:
        # Whether it is a plan is known only when the first message comes.
        logger.addFilter(lambda record: workflow.dryrun or progress.filter(record))
    return progress


def name_job(rule: str, wildcards: Mapping[str, str], study: str) -> str:
    """Return a rule and what tells its jobs apart, such as 'train_fold capsule-lstm margin-ce seed 0 fold 3'."""
    parts = [f"{key} {value}" if str(value).isdecimal() else str(value) for key, value in wildcards.items()]
    return " ".join([rule, *(part for part in parts if part != study)])


def show_time(seconds: float) -> str:
    """Return a time in words, such as '40 s', '4 min' or '2.5 h'."""
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s"
    minutes = seconds / MINUTE
    return f"{round(minutes)} min" if minutes < MINUTE else f"{minutes / MINUTE:.1f} h"
