"""The editor of a policy: a text that is checked while somebody writes it, and saved as a new draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from console.policy_requests import Form, Name, asked_of, go_to, is_part, told
from console.rendering import HIDDEN, page
from console.speech import _
from console.version_texts import Proved, Verbatim, places_of, proved_of, text_lines
from console.visitors import DeskDep, Page, PolicyWriter, Visitor, form_of, status_of
from desk.front import Desk
from desk.policy_checks import Checked
from domain.errors import MaitredError, NotFound, PolicyInvalid, TooBusy
from domain.examination import Remark

router = APIRouter(prefix="/policies", route_class=Page)

MARKS_SHOWN = 20
From = Annotated[int | None, Query(alias="from", ge=1, le=2**31 - 1)]


@router.get("/{name}/new")
async def write(name: Name, desk: DeskDep, visitor: PolicyWriter, base: From = None) -> Response:
    """The text of a version (the newest, when the address names none), to be changed."""
    number = base or (await desk.policies.summary(name, visitor.key)).newest
    version, _approvals = await desk.policies.seen(name, number, visitor.key)
    return await _editor(desk, visitor, name, number, version.text)


@router.post("/{name}/new")
async def save(name: Name, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Store the text as a new draft of the visitor's. It is proved first, which takes up to a minute."""
    form = await form_of(request)
    text, base = text_of(form), _base(form)
    try:
        version, new = await desk.policies.draft(name, text, asked_of(request, visitor, form))
    except NotFound:
        raise
    except PolicyInvalid as error:
        found = await _refused(desk, visitor, name, text, error)
        return await _editor(desk, visitor, name, base, text, form=form, error=error, checked=found)
    except MaitredError as error:
        return await _editor(desk, visitor, name, base, text, form=form, error=error)
    if not new:
        return await _editor(desk, visitor, name, base, text, form=form, checked=Checked((), known=version))
    return go_to(f"/policies/{name}/{version.version}?drafted={base}")


@router.post("/{name}/check")
async def check(name: Name, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Check the text and run its tests; nothing is stored. While somebody types this is asked for the list of faults alone."""
    form = await form_of(request)
    text = text_of(form)
    try:
        checked, busy = await desk.policy_checks.check(name, text, visitor.key), ""
    except TooBusy as error:
        checked, busy = None, error.message
    if is_part(request):
        return page("policy_checked.html", visitor=visitor, name=name, busy=busy, **_checked(checked, text))
    return await _editor(desk, visitor, name, _base(form), text, form=form, checked=checked, busy=busy)


@router.post("/{name}/prove")
async def prove(name: Name, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """What provers find in the text, beside the active version; nothing is stored. It may take a minute and a half."""
    form = await form_of(request)
    text = text_of(form)
    try:
        proved = proved_of(await desk.policy_checks.prove(name, text, visitor.key), text)
    except TooBusy as error:
        proved = Proved(error.message)
    if is_part(request):
        return page("version_proofs.html", visitor=visitor, proved=proved, writing=True)
    return await _editor(desk, visitor, name, _base(form), text, form=form, proved=proved)


def text_of(form: Form) -> str:
    """The text as it was written: browsers send lines with both marks of an end."""
    return form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")


def unseen_marks(text: str) -> list[Remark]:
    """Marks that an editor does not show and that turn around what is read: they may be meant, but somebody should know."""
    found: list[Remark] = []
    for number, line in enumerate(text_lines(text), 1):
        for mark in HIDDEN.finditer(line):
            said = _("a mark that cannot be seen stands here: U+%(code)s", code=f"{ord(mark[0]):04X}")
            found.append(Remark(id=f"unseen-{number}-{mark.start()}", code="unseen", line=number, column=mark.start() + 1, reason=said))
            if len(found) == MARKS_SHOWN:
                return found
    return found


async def _refused(desk: Desk, visitor: Visitor, name: str, text: str, error: PolicyInvalid) -> Checked:
    """The faults for which a text was refused, with how its tests came out."""
    faults = tuple(_remark(fault) for fault in error.faults)
    try:
        return replace(await desk.policy_checks.check(name, text, visitor.key), faults=faults)
    except TooBusy:
        return Checked(faults, tried=False)


def _checked(checked: Checked | None, text: str) -> dict[str, Any]:
    return {
        "checked": checked,
        "faults": places_of(checked.faults, text) if checked else [],
        "marks": places_of(unseen_marks(text), text),
        "length": text.count("\n") + 1,
    }


def _base(form: Form) -> int:
    given = form.get("from", "")
    return int(given) if given.isascii() and given.isdigit() and 0 < len(given) < 10 else 1


def _remark(fault: dict[str, Any]) -> Remark:
    known = {name: fault[name] for name in ("line", "column", "reason", "example") if fault.get(name) is not None}
    return Remark.model_validate({"id": "", "code": fault.get("code", "check"), **known})


async def _editor(
    desk: Desk,
    visitor: Visitor,
    name: str,
    base: int,
    text: str,
    *,
    form: Form | None = None,
    error: MaitredError | None = None,
    checked: Checked | None = None,
    busy: str = "",
    proved: Proved | None = None,
) -> Response:
    numbers = [one.version for one in await desk.policies.versions(name, visitor.key, None, 50)]
    return page(
        "policy_editor.html",
        status_of(error) if error else 200,
        visitor=visitor,
        name=name,
        base=base,
        numbers=numbers,
        text=Verbatim(text),
        reason=(form or {}).get("reason", ""),
        typed=form is not None,
        error=told(error),
        busy=busy,
        proved=proved,
        writing=True,
        **_checked(checked, text),
    )
