"""A run as JUnit XML, which CI systems show as tests: a case each, failed with the judge's reason."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from evals.comparing.words import counted
from evals.reports.readable import one_line, readable
from evals.result import CaseResult
from evals.running.folder import Run
from evals.statistics.summary import summarise_metric

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (section 2.2)."""


def junit(run: Run) -> bytes:
    """The file. An answer that never came is an error, not a failure; hard metrics are test cases of their own."""
    took = {(one.case_id, one.repeat): one.ms / 1000 for one in run.times}
    suite = ElementTree.Element("testsuite", name=_valid(run.manifest.suite), timestamp=_valid(run.manifest.began_at.removesuffix("Z")))
    repeats = run.manifest.repeats > 1
    failures = errors = 0
    for one in sorted(run.results, key=lambda result: (result.case_id, result.repeat)):
        seconds = took.get((one.case_id, one.repeat), 0.0)
        case = _case(suite, run, f"{one.case_id} [{one.repeat + 1}]" if repeats else one.case_id, seconds)
        if one.error:
            errors += 1
            _broken(case, "error", one_line(one.error), readable(one.error))
        elif not one.judgement.passed:
            failures += 1
            _broken(case, "failure", one_line(one.judgement.why or "No rule gave a reason."), _told(one))
    for metric in (one for one in run.manifest.metrics if one.hard):
        case, found = _case(suite, run, f"hard metric {metric.name}", 0.0), summarise_metric(metric, run.results)
        if found.broken:
            failures += 1
            _broken(case, "failure", f"{counted(len(found.misses), 'case')} on the wrong side", "\n".join(found.misses))
    suite.attrib |= {"tests": str(len(suite)), "failures": str(failures), "errors": str(errors), "time": f"{sum(took.values()):.3f}"}
    whole = ElementTree.Element("testsuites", tests=str(len(suite)), failures=str(failures), errors=str(errors))
    whole.append(suite)
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True) + b"\n"


def _case(suite: ElementTree.Element, run: Run, name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_valid(run.manifest.suite), name=_valid(name), time=f"{seconds:.3f}")


def _broken(case: ElementTree.Element, tag: str, message: str, told: str) -> None:
    found = ElementTree.SubElement(case, tag, message=_valid(message))
    found.text = _valid(told)


def _told(one: CaseResult) -> str:
    judgement = one.judgement
    wrong = [
        f"{name}: {judgement.got.get(name, 'nothing')} instead of {right}"
        for name, right in judgement.expected.items()
        if judgement.got.get(name) != right
    ]
    danger = ["This is the dangerous error of the case."] if judgement.dangerous else []
    return readable("\n".join([judgement.why, *danger, *wrong]))


def _valid(text: str) -> str:
    return NOT_XML.sub(lambda one: f"⟨U+{ord(one[0]):04X}⟩", text)
