"""What the runs' predictions say, and how sure it is: rates, intervals, comparisons, calibration, resolution."""
