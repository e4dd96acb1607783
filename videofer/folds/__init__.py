"""Who trains, validates and tests, and the proof that nobody does two of these.

Comes in: packed clips. Goes out: folds.tsv, the samples of each role, the leakage tables.
May be imported by: models and every later room.
"""
