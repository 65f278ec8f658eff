"""Benchmarks: run by `make bench`, never as timed tests. An absolute number moves with the machine; the ratios hold."""
