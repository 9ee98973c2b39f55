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
_HARMLESS = ("information", "success")


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

    def is_about(self, patient_id: str, server: str) -> bool:
        """Whether a patient of this id on this server is the one of the request."""
        return patient_id == self.patient_id and (not server or server in self.servers)


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
        given = request.get("hook")
        happened = "The request names no hook" if given is None else f"{shown(given)} is no hook of this service"
        raise HookError(happened, f"call it for {' or '.join(HOOKS)}")
    instance, context, prefetch = request.get("hookInstance"), request.get("context"), request.get("prefetch")
    patient_id = context.get("patientId") if isinstance(context, dict) else None
    if not isinstance(instance, str) or not isinstance(context, dict) or not isinstance(patient_id, str):
        happened = "The request has no hookInstance, or no patientId in its context"
        raise HookError(happened, "send both, as CDS Hooks 2.0.1 requires")
    if not isinstance(prefetch, dict) or "results" not in prefetch:
        happened = "The request holds no prefetched results"
        raise HookError(happened, "send what the discovery answer asks for under prefetch", status=412)
    results = prefetch["results"]
    if results is not None and not (isinstance(results, dict) and results.get("resourceType") == "Bundle"):
        happened = "The prefetched results are no Bundle, so nothing is known of them"
        raise HookError(happened, "send the answer to the search, or null where it found nothing", status=412)
    server = request.get("fhirServer")
    servers = [server.rstrip("/")] if isinstance(server, str) and server else _servers(results)
    there = {name: each for name, each in prefetch.items() if isinstance(each, dict) and not _failed(each)}
    patient_id = patient_id.rpartition("/")[2]
    gaps = (
        *_lacking(prefetch, there, patient_id),
        *(gap for name, each in there.items() for gap in _incomplete(name, each)),
    )
    resources = tuple(there.values())
    return Asked(hook, readable(instance), patient_id, frozenset(servers), resources, context, tuple(gaps))


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


def _lacking(prefetch: Json, there: Json, patient_id: str) -> Iterator[str]:
    for name in prefetch:
        if prefetch[name] is not None and name not in there:
            yield f"What was prefetched as {shown(name)} is an error or cannot be read."
    patient = there.get("patient")
    if patient is not None and patient.get("resourceType") != "Patient":
        yield "What was prefetched as the patient is no Patient."
    elif patient is not None and patient.get("id") != patient_id:
        yield "The Patient that was prefetched is not the one of the request, so sex and age are not known."


def _incomplete(name: str, bundle: object) -> Iterator[str]:
    """Why what was searched for is not all that there is."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return
    links, entries = bundle.get("link"), list(_entries(bundle))
    for each in links if isinstance(links, list) else [links]:
        if isinstance(each, dict) and each.get("relation") == "next":
            yield f"There are further pages of {name}, which were not sent."
    sent = [each for each in entries if isinstance(each.get("resource"), dict)]
    if any(each.get("resource") is None and "resourceType" not in each for each in entries):
        yield f"Entries of the {name} were sent without what they hold."
    found, total = sum(map(_is_match, sent)), str(bundle.get("total"))[:18]
    if total.isdecimal() and int(total) > found:
        yield f"The search for {name} found {total} results, and {found} were sent."
    for entry in sent:
        issues = entry["resource"].get("issue") if _failed(entry["resource"]) else None
        held = issues if isinstance(issues, list) else ()
        if any(isinstance(each, dict) and each.get("severity") not in _HARMLESS for each in held):
            yield f"The search for {name} reported an error or a warning."
            return


def _is_match(entry: Json) -> bool:
    """Whether an entry is one of what was searched for, and not included beside it."""
    search = entry.get("search")
    return not isinstance(search, dict) or search.get("mode") in (None, "match")
