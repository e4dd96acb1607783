"""Extras: the study again with one thing changed (an arm), and what that changes, as tables and figures."""
