"""How well the embedded model reads and routes, for `maitred model report`."""
