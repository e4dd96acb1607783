"""One plain loop that fits a model on one fold.

Comes in: clips, folds, settings. Goes out: weights, history, predictions, the record of the run.
May be imported by: evaluation and every later room.
"""
