"""Running suites: cases over processes, a journal that survives a kill, a cache of answers, a budget, and the folder of a run."""
