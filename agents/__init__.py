"""The agents: triage, value estimator, context gatherer, router, reply and handover writers."""
