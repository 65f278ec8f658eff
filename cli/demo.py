"""`maitred demo`: the main job over HTTP on the sample company, from a stream of messages to a ruling, and nothing left running."""

from __future__ import annotations

import time
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents.embedded.training import ensure_trained
from cli.console import out, plain_errors
from cli.demo_client import DemoClient, Posted
from cli.demo_service import cleared, demo_service, leave_in_order
from cli.story import Line, decisions_table, latency_line, line_of, quoted, said, short_digest, span, step, summary_table, width
from domain.errors import SetupFailed
from domain.views import part
from runtime.sample import sample_company
from runtime.settings import load_settings
from runtime.sign_in import served_at
from runtime.start import train_once

SHOWN = 10
WARM_AFTER = 10  # a tenth of the stream


def demo() -> None:
    """Start everything, post the sample company's day over HTTP, rule on a review, prove a decision, and stop again."""
    leave_in_order()
    with plain_errors():
        settings = load_settings()
        home = cleared(settings.home.resolve() / "demo")
        step("Training the embedded model (once) and making the sample company")
        train_once(settings)
        model = ensure_trained(settings.models_folder)
        stream = [item.body for item in sample_company(home).stream]
        said(f"{model.stem}; {len(stream)} messages")
        with demo_service(settings, home) as client:
            _tell(client, stream)
        step("Stopped; nothing is left running")
        said("Start it for yourself: [bold]make run[/bold], which prints a link for the first account.")
        said(f"Then leads rule at {served_at(settings)}/inbox, and the API is documented at {served_at(settings)}/docs.")


def _tell(client: DemoClient, stream: list[dict[str, Any]]) -> None:
    ready = client.get("/readyz")
    step(f"Ready at {client.base_url}")
    said("; ".join([*(f"{agent}: {name}" for agent, name in ready["models"].items()), f"policy: {ready['policy'].split()[0]}"]))
    step(f"Posting {len(stream)} messages from several channels, each answered when decided (Prefer: wait=30)")
    posted, seconds = _post_all(client, stream)
    cases = {one.case["id"]: one.case for one in posted}
    out.print(decisions_table([_line(client, one) for one in _notable(posted)], width()))
    out.print()
    out.print(summary_table(list(cases.values())))
    said(
        latency_line([one.took_ms for one in posted], seconds)
        + f"; {len(cases)} cases, {sum(one.repeated for one in posted)} repeats recognised"
    )
    ruled = _rule(client)
    _repeat(client, stream[0])
    _replay(client, ruled)


def _post_all(client: DemoClient, stream: list[dict[str, Any]]) -> tuple[list[Posted], float]:
    began = time.perf_counter()
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=not out.is_terminal) as progress:
        task = progress.add_task("messages", total=len(stream))
        posted = client.post_messages(stream, lambda: progress.advance(task))
    return posted, time.perf_counter() - began


def _notable(posted: list[Posted]) -> list[Posted]:
    """The first message, and the first case of each kind of outcome once the service is warm, so that the table shows variety."""
    seen: dict[tuple[Any, ...], Posted] = {}
    for one in [posted[0], *posted[len(posted) // WARM_AFTER :]]:
        decision = one.case["decision"]
        kind = (
            part(one.case, "client").get("tier"),
            decision["route"]["mode"] if decision else "review",
            len(decision["guards"]) > 2 if decision else 0,
        )
        seen.setdefault(kind, one)
    return list(seen.values())[:SHOWN]


def _line(client: DemoClient, one: Posted) -> Line:
    waits = one.case["review"] if one.case["decision"] is None else None
    return line_of(one.case, client.get(f"/v1/reviews/{waits['id']}") if waits else None, one.took_ms)


def _rule(client: DemoClient) -> str:
    """One review: claimed, edited into something that a guard forbids, then ruled. Returns the case's id."""
    reviews = client.get("/v1/reviews", status="open", limit=200)["items"]
    if not reviews:
        raise SetupFailed("The stream brought no review, which must not be: please report this.")
    wanted = [one for one in reviews if one["region"] == "eu" and one["messages"] == []] or reviews
    review = client.get(f"/v1/reviews/{wanted[0]['id']}")
    who = review["client"]["name"] or "an unknown sender"
    step(f"{len(reviews)} cases wait for a person; the most urgent in the EU is {who}'s")
    said(quoted(review["messages"][-1]["text"]))
    said(f"guards: {', '.join(guard['id'] for guard in review['guards'])}; first response due within {span(review['sla']['ack_within_s'])}")
    claimed = client.post(f"/v1/reviews/{review['id']}/claim")
    said(f"claimed by {claimed.json()['claimed_by']}")
    tag = {"If-Match": claimed.headers["etag"]}
    forbidden = client.post(f"/v1/reviews/{review['id']}/ruling", {"action": "edit", "route": {"mode": "ai", "pool": "us-core"}}, tag)
    refusing = ", ".join(guard["id"] for guard in forbidden.json()["guards"][:4])
    said(f"[red]edit to ai in us-core: {forbidden.status_code}[/red], refused by {refusing}")
    tag = {"If-Match": client.raw(f"/v1/reviews/{review['id']}").headers["etag"]}
    allowed = {"mode": "human", "pool": _sensible_pool(review)}
    ruling = {"action": "edit", "route": allowed, "reason": "Seen by the lead on duty."}
    ruled = client.post(f"/v1/reviews/{review['id']}/ruling", ruling, tag)
    if ruled.status_code != 200:
        raise SetupFailed(f"The ruling was answered with {ruled.status_code}: {ruled.text}")
    decision = ruled.json()["decision"]
    outcome = f"{ruled.status_code}[/green], decided by {decision['decided_by']}, graph resumed"
    said(f"[green]edit to human in {allowed['pool']}: {outcome}")
    said(decision["explanation"])
    return ruled.json()["id"]


def _sensible_pool(review: dict[str, Any]) -> str:
    """The pool that the router proposed, where policy allows it; else the one that policy chose."""
    proposed = str(part(review, "proposal").get("pool"))
    return proposed if proposed in review["envelope"]["pools"] else review["route"]["pool"]


def _repeat(client: DemoClient, body: dict[str, Any]) -> None:
    step("The same message once more")
    again = client.post("/v1/messages", body, {"Prefer": "wait=10"})
    said(f"{again.status_code}, case {again.json()['id']}, Idempotency-Replayed: {again.headers.get('idempotency-replayed')}")


def _replay(client: DemoClient, case_id: str) -> None:
    step("Replaying the decision from its record")
    replayed = client.post(f"/v1/cases/{case_id}/replay").json()
    said(f"recorded {short_digest(replayed['recorded_digest'])}")
    said(f"replayed {short_digest(replayed['digest'])}: {'the same, bit for bit' if replayed['identical'] else '[red]DIFFERENT[/red]'}")
    if not replayed["identical"]:
        raise SetupFailed("The replay differs from the record, which must not be: please report this.")
