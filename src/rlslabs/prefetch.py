"""A CDS Hooks request as it was sent: whose it is, what was prefetched, and what of that is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from rlslabs.errors import HookError, shown
from rlslabs.fhir.references import address
from rlslabs.reported import readable

Json = dict[str, Any]
Hook = Literal["patient-view", "order-select"]

HOOKS: tuple[Hook, ...] = ("patient-view", "order-select")
_SEVERE = ("error", "fatal")


class Asked(NamedTuple):
    """The parts of a request that are used.

    `servers` are the addresses under which the patient is known; `gaps` says what was not sent, or not whole.
    """

    hook: Hook
    instance: str
    patient_id: str
    servers: frozenset[str]
    resources: tuple[Json, ...]
    context: Json
    gaps: tuple[str, ...]

    def is_about(self, patient_id: str, subject: str) -> bool:
        """Whether a patient of this id, under this reference, is the one of the request."""
        return patient_id == self.patient_id and (not subject.startswith("http") or address(subject) in self.servers)


def asked(request: object) -> Asked:
    """Read a request.

    Raises:
        HookError: It is none of these hooks, or a part of it is missing or cannot be used.
    """
    if not isinstance(request, dict):
        happened = f"The request is a {type(request).__name__}"
        raise HookError(happened, "give the JSON body of a CDS Hooks request as a dict")
    hook = next((each for each in HOOKS if each == request.get("hook")), None)
    if hook is None:
        happened = f"{shown(request.get('hook'))} is no hook of this service"
        raise HookError(happened, f"call it for {' or '.join(HOOKS)}")
    instance, context, prefetch = request.get("hookInstance"), request.get("context"), request.get("prefetch")
    patient_id = context.get("patientId") if isinstance(context, dict) else None
    if not isinstance(instance, str) or not isinstance(context, dict) or not isinstance(patient_id, str):
        happened = "The request has no hookInstance, or no patientId in its context"
        raise HookError(happened, "send both, as CDS Hooks 2.0.1 requires")
    if not isinstance(prefetch, dict) or "results" not in prefetch:
        happened = "The request holds no prefetched results"
        raise HookError(happened, "send what the discovery answer asks for under prefetch")
    results = prefetch["results"]
    if results is not None and not (isinstance(results, dict) and results.get("resourceType") == "Bundle"):
        happened = "The prefetched results are no Bundle, so nothing is known of them"
        raise HookError(happened, "send the answer to the search, or null where it found nothing")
    server = request.get("fhirServer")
    servers = [server.rstrip("/")] if isinstance(server, str) and server else _servers(results)
    there = {name: each for name, each in prefetch.items() if isinstance(each, dict) and not _failed(each)}
    gaps = (*_lacking(prefetch, there), *_incomplete(results))
    resources = tuple(there.values())
    return Asked(hook, readable(instance), patient_id.rpartition("/")[2], frozenset(servers), resources, context, gaps)


def _failed(resource: Json) -> bool:
    return resource.get("resourceType") == "OperationOutcome"


def _entries(results: object) -> Iterator[Json]:
    entries = results.get("entry") if isinstance(results, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield entry


def _servers(results: object) -> Iterator[str]:
    """The addresses that the entries of the results come from."""
    for entry in _entries(results):
        url = entry.get("fullUrl")
        if isinstance(url, str) and (found := address(url)):
            yield found


def _lacking(prefetch: Json, there: Json) -> Iterator[str]:
    for name in prefetch:
        if prefetch[name] is not None and name not in there:
            yield f"What was prefetched as {shown(name)} is an error or cannot be read."
    patient = there.get("patient")
    if patient is not None and patient.get("resourceType") != "Patient":
        yield "What was prefetched as the patient is no Patient."


def _incomplete(results: object) -> Iterator[str]:
    """Why the results are not all that there are."""
    if not isinstance(results, dict):
        return
    links = results.get("link")
    for each in links if isinstance(links, list) else ():
        if isinstance(each, dict) and each.get("relation") == "next":
            yield "There are further pages of results, which were not sent."
    total, entries = results.get("total"), list(_entries(results))
    if isinstance(total, int) and total > len(entries):
        yield f"The search found {total} results, and {len(entries)} were sent."
    for entry in entries:
        outcome = entry.get("resource")
        issues = outcome.get("issue") if isinstance(outcome, dict) and _failed(outcome) else None
        held = issues if isinstance(issues, list) else ()
        if any(isinstance(each, dict) and each.get("severity") in _SEVERE for each in held):
            yield "The search for results reported an error."
            return
