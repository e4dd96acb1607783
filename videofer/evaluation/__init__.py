"""Predictions become metrics, intervals, tests and explanations.

Comes in: predictions, histories, weights. Goes out: tables of metrics, traces of the tested clips.
May be imported by: report and predict.
"""
