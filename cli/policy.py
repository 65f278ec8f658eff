"""`maitred policy`: every step in the life of a policy."""

from __future__ import annotations

import typer

from cli import policy_bundles, policy_compare, policy_files, policy_review, policy_rollout, policy_simulation, policy_sync

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write, check, compare, approve, roll out and roll back policies.",
    epilog="Exit status: 0 fine, 1 faults or refused, 2 usage, 3 what is active is not what the file says (sync).",
)
FILES, SERVICE = "On files, without any service", "On the service that runs (--url, --key)"
for panel, name, command in (
    (FILES, "new", policy_files.new),
    (FILES, "check", policy_files.check),
    (FILES, "test", policy_files.run_tests),
    (FILES, "show", policy_files.show),
    (FILES, "fmt", policy_files.fmt),
    (FILES, "schema", policy_files.schema),
    (FILES, "diff", policy_compare.diff),
    (SERVICE, "submit", policy_review.submit),
    (SERVICE, "approve", policy_review.approve),
    (SERVICE, "reject", policy_review.reject),
    (SERVICE, "status", policy_review.status),
    (SERVICE, "history", policy_review.history),
    (SERVICE, "simulate", policy_simulation.simulate),
    (SERVICE, "rollout", policy_rollout.rollout),
    (SERVICE, "rollback", policy_rollout.rollback),
    (SERVICE, "export", policy_bundles.export),
    (SERVICE, "import", policy_bundles.take_in),
    (SERVICE, "sync", policy_sync.sync),
):
    app.command(name, rich_help_panel=panel)(command)
