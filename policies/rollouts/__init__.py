"""Which version decides, how a rollout moves, and the statistics that judge it."""
