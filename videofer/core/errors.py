"""Errors that a user can cause; each message is one sentence: what, where, what to do."""

import errno


class UserError(Exception):
    """A fault that the user can mend; shown as its one sentence, without a traceback."""


class RejectedClip(UserError):
    """A clip that cannot be used; its sentence is listed in rejected.tsv and the run goes on."""


# Faults of writing that the user can mend.
UNWRITABLE = {
    errno.ENOSPC: "the disk is full: free some space, or choose another folder",
    errno.EDQUOT: "your quota on this disk is used up: free some space, or choose another folder",
    errno.EROFS: "the disk cannot be written to: choose another folder",
    errno.EACCES: "you may not write there: choose another folder",
    errno.EEXIST: "a file has this name, where a folder is needed: choose another name",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another name",
    errno.EISDIR: "a folder has this name: choose another one for the file",
}


def explain(error: Exception) -> str | None:
    """Return the sentence for what the user can mend, such as a full disk, or None for a fault of the program."""
    if isinstance(error, UserError):
        return str(error)
    if not isinstance(error, OSError) or error.errno not in UNWRITABLE:
        return None
    file = f"{error.filename}: " if error.filename else ""
    return f"{file}{UNWRITABLE[error.errno]}."
