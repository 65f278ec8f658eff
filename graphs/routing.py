"""The state machine at a glance."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from domain.failpoints import around
from graphs.deps import Deps
from graphs.nodes.ask import ask
from graphs.nodes.decide import decide
from graphs.nodes.deliver import deliver
from graphs.nodes.read import estimate_value, gather_context, triage
from graphs.nodes.route import route
from graphs.state import CaseState

GRAPH_VERSION = "case@1"
READERS = ("estimate_value", "gather_context", "triage")
LONE_NODES = frozenset({START, "route", "ask", "decide", "deliver"})
"""Nodes that never run beside others."""


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[CaseState, Deps, CaseState, CaseState]:
    """The graph of one turn: read side by side, route, ask a person where policy wants one, decide, deliver.

    A run rebuilt from its record begins at the beginning as well; its first nodes find their work done and pass it on. (An edge that
    chose would copy the whole state for every run.)
    """
    graph: Any = StateGraph(CaseState, context_schema=Deps)  # Any: its overloads of add_node are partly unknown to a strict checker
    graph.add_node("estimate_value", around("estimate_value", estimate_value))
    graph.add_node("gather_context", around("gather_context", gather_context))
    graph.add_node("triage", around("triage", triage))
    graph.add_node("route", around("route", route))
    graph.add_node("ask", around("ask", ask))
    graph.add_node("decide", around("decide", decide))
    graph.add_node("deliver", around("deliver", deliver))
    for reader in READERS:
        graph.add_edge(START, reader)
    graph.add_edge(list(READERS), "route")
    graph.add_edge("decide", "deliver")
    graph.add_edge("deliver", END)
    return graph.compile(checkpointer=checkpointer, name=GRAPH_VERSION)


def studio_graph() -> CompiledStateGraph[CaseState, Deps, CaseState, CaseState]:
    """The graph for LangGraph Studio, which brings its own checkpointer."""
    return build_graph()
