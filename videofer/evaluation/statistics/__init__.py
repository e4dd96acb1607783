"""Metrics of the runs' test predictions and their uncertainty: rates, intervals, tests, calibration, resolution."""
