"""Errors that a user can cause; each message is one sentence: what, where, what to do."""


class UserError(Exception):
    """Something the user can mend; shown as its one sentence, without a traceback."""


class RejectedClip(UserError):
    """A clip that cannot be used; its sentence is listed in rejected.tsv and the run goes on."""
