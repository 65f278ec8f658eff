"""The state machine that takes one message to one decision."""
