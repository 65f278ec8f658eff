"""What may be said of a sample: intervals, tests, calibration, costs and fairness, each with its source."""
