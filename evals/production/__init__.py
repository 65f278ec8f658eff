"""From production to suite: candidate cases out of rulings, drift, and what other policies or models would have come to."""
