"""Published data sets: one adapter each, the product's own code on them, and its figures beside the published ones."""
