"""Which resources stand: the newest version of one, nothing that was deleted, and nothing whose shape hides results."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import fhir
from rlslabs.errors import ResourceError

Json = dict[str, Any]

LOINC = "http://loinc.org"


def observation(value: object = 38, **fields: object) -> Json:
    """A ferritin of Patient/p that is called o."""
    made: Json = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "2276-4"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": "ng/mL"},
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def bundle(*entries: Json, kind: str = "collection") -> Json:
    """A Bundle of entries; a resource is an entry of its own."""
    held = [{"resource": each} if "resourceType" in each else each for each in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": held}


def stand(resource: object) -> list[object]:
    """The value of each result, `None` for one that was refused because it does not stand."""
    found: list[object] = []
    for each in fhir.judge(resource):
        assert each.issue is None or each.issue.code in {"fhir-status", "fhir-superseded"}, each.issue
        found.append(None if each.interpretation is None else each.interpretation.reading.low)
    return found


def version(number: object = None, at: str | None = None) -> Json:
    """The meta of a version."""
    return {"meta": {"versionId": number, "lastUpdated": at}}


DELETION = {"request": {"method": "DELETE", "url": "Observation/o"}, "response": {"status": "204"}}


@pytest.mark.parametrize("kind", ["history", "collection"])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        (version("1"), version("2")),
        (version("9"), version("10")),
        (version(None, "2024-05-01T08:00:00Z"), version(None, "2024-05-01T08:00:01Z")),
        (version(None, "2024-05-01"), version(None, "2024-05-02T08:00:00Z")),
        (version("1", "2024-05-01"), version("2", "2024-05-01")),
    ],
)
def test_the_newest_version_stands_in_whatever_order_they_come(kind: str, one: Json, two: Json) -> None:
    """The number of a version decides, else the time at which it was written."""
    old, new = observation(380, **one), observation(8, status="corrected", **two)
    assert stand(bundle(old, new, kind=kind)) == [None, 8]
    assert stand(bundle(new, old, kind=kind)) == [8, None]
    assert stand([old, new]) == [None, 8]
    error = observation(8, **{**two, "status": "entered-in-error"})
    assert stand(bundle(old, error, kind=kind)) == [None, None]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({}, {}),
        (version("1"), {}),
        (version("a"), version("b")),
        (version("2"), version("2")),
        (version("1", "2024-05-02"), version("2", "2024-05-01")),
        ({"meta": 5}, {"meta": []}),
        (version(None, "soon"), version(None, "later")),
    ],
)
def test_versions_that_cannot_be_told_apart_are_refused(one: Json, two: Json) -> None:
    """Two different resources of one name, and nothing that says which is newer: neither stands."""
    assert stand(bundle(observation(380, **one), observation(8, **two))) == [None, None]
    three = bundle(observation(380, **one), observation(8, **two), observation(380, **one))
    assert stand(three) == [None, None, None]


def test_equal_copies_both_stand_and_a_copy_that_we_marked_is_equal() -> None:
    """The same result twice contradicts nothing, whichever of them was annotated before."""
    assert stand(bundle(observation(), observation())) == [38, 38]
    assert stand(bundle(observation(), fhir.annotate(observation()))) == [38, 38]
    (found,) = fhir.panels(bundle(observation(), observation()))
    assert found.panel is not None
    assert len(found.panel.lines) == 1


def test_resources_without_a_name_or_with_two_addresses_are_not_versions() -> None:
    """Two results without id, of two servers, or of two bundles are two results."""
    assert stand(bundle(observation(380, id=None), observation(8, id=None), kind="history")) == [380, 8]
    servers = [{"fullUrl": f"http://{each}/Observation/o", "resource": observation()} for each in "ab"]
    servers[1]["resource"] = observation(8)
    assert stand(bundle(*servers)) == [38, 8]
    assert stand([bundle(observation(380)), bundle(observation(8))]) == [380, 8]


@pytest.mark.parametrize(
    "entry",
    [
        DELETION,
        {**DELETION, "fullUrl": "http://x/Observation/o"},
        {"fullUrl": "http://x/Observation/o", "request": {"method": "DELETE", "url": "x"}},
        {**DELETION, "response": {"etag": 'W/"3"'}},
        {**DELETION, "response": {"lastModified": "2024-06-01T00:00:00Z"}},
    ],
)
@pytest.mark.parametrize("kind", ["history", "transaction"])
def test_what_was_deleted_is_not_judged(entry: Json, kind: str) -> None:
    """A deletion comes without a resource, and takes every version that is not certainly newer."""
    meta = {"versionId": "2", "lastUpdated": "2024-05-01T00:00:00Z"}
    held = {"fullUrl": "http://x/Observation/o", "resource": observation(120, meta=meta)}
    assert stand(bundle(entry, held, kind=kind)) == [None]
    assert stand(bundle(held, entry, kind=kind)) == [None]


def test_what_was_written_anew_after_a_deletion_stands() -> None:
    """A newer version than the deletion is a result; of several deletions the last one counts."""
    gone = [{**DELETION, "response": {"etag": f'W/"{each}"'}} for each in (2, 4)]
    for entries in (gone, gone[::-1]):
        assert stand(bundle(observation(8, **version("5")), *entries, kind="history")) == [8]
        assert stand(bundle(observation(8, **version("3")), *entries, kind="history")) == [None]


def test_a_deleted_patient_is_nobody() -> None:
    """The facts of a patient that was deleted or replaced are not used."""
    woman = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15"}
    gone = {"request": {"method": "DELETE", "url": "Patient/p"}}
    (each,) = fhir.read(bundle(woman, gone, observation())).observed
    assert each.patient is not None
    assert each.patient.sex is None
    man = {**woman, "gender": "male", **version("2")}
    (each,) = fhir.read(bundle({**woman, **version("1")}, man, observation())).observed
    assert each.patient is not None
    assert each.patient.sex == "male"


def test_what_an_older_report_contains_is_withheld_with_it() -> None:
    """A superseded report takes its contained results with it."""
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "contained": [observation(8)]}
    newer = {**report, **version("2"), "contained": [observation(120)]}
    assert stand(bundle({**report, **version("1")}, newer)) == [None, 120]


@given(st.permutations(range(1, 6)), st.integers(0, 5))
def test_one_version_stands_whatever_the_order(numbers: list[int], copies: int) -> None:
    """Of any number of versions in any order the newest stands, as often as it comes."""
    held = [observation(100 + number, **version(str(number))) for number in numbers]
    held += [copy.deepcopy(observation(105, **version("5"))) for _ in range(copies)]
    assert [each for each in stand(bundle(*held)) if each is not None] == [105] * (copies + 1)


# ---------------------------------------------------------------- what is no resource


@pytest.mark.parametrize(
    "thing", [{}, {"foo": 1}, {"resourceType": "observation"}, {"resourceType": 5}, [{}], [observation(), {"a": 1}]]
)
def test_what_does_not_say_what_it_is_is_refused(thing: object) -> None:
    """No resourceType, or one that is not of FHIR's form, is an error and no empty answer."""
    for door in (fhir.read, fhir.annotate, fhir.judge):
        with pytest.raises(ResourceError):
            door(thing)


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ({"resourceType": "Bundle", "entry": {"resource": observation()}}, "entry"),
        ({"resourceType": "Bundle", "entry": [observation()]}, "entry[0]"),
        ({"resourceType": "Bundle", "entry": ["x"]}, "entry[0]"),
        ({"resourceType": "Bundle", "entry": [{"resource": [observation()]}]}, "entry[0].resource"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"a": 1}}]}, "entry[0].resource"),
        ({"resourceType": "DiagnosticReport", "contained": observation()}, "contained"),
        ({"resourceType": "DiagnosticReport", "contained": [[observation()]]}, "contained[0]"),
        ({"resourceType": "Parameters", "parameter": {"resource": observation()}}, "parameter"),
        ({"resourceType": "Parameters", "parameter": [{"resource": "x"}]}, "parameter[0].resource"),
    ],
)
def test_what_hides_results_by_its_shape_is_refused_in_its_place(resource: Json, path: str) -> None:
    """A resource where none can stand is never passed over in silence."""
    (each,) = fhir.read(resource).refused
    assert (each.path, each.issue and each.issue.code) == (path, "fhir-resource")
    assert fhir.annotate(resource) is resource
    assert [each.issue and each.issue.code for each in fhir.judge(resource)] == ["fhir-resource"]


def test_tuples_and_objects_in_dicts_are_read_and_annotated() -> None:
    """What dumps to a resource may stand anywhere, and comes back annotated."""

    class Model:
        def __init__(self, held: Json) -> None:
            self.held = held

        def model_dump_json(self) -> Json:
            return copy.deepcopy(self.held)

    plain = bundle(observation())
    expected = fhir.annotate(plain)
    inner = {"resourceType": "Bundle", "type": "collection", "entry": ({"resource": Model(observation())},)}
    assert fhir.annotate(inner) == expected
    assert fhir.annotate([Model(plain)]) == [expected]
    assert fhir.annotate([(observation(),)]) == [[fhir.annotate(observation())]]
    assert fhir.annotate(((observation(),),)) == [[fhir.annotate(observation())]]
    report = {"resourceType": "DiagnosticReport", "contained": (observation(),)}
    assert fhir.annotate(report)["contained"][0] == fhir.annotate(observation())
    parameters = {"resourceType": "Parameters", "parameter": ({"name": "x", "resource": Model(observation())},)}
    assert fhir.annotate(parameters)["parameter"][0]["resource"] == fhir.annotate(observation())


def test_a_key_that_is_no_text_is_passed_over() -> None:
    """Python's dicts can hold what JSON cannot."""
    held: dict[Any, Any] = {**observation(), 1: 2}
    assert len(fhir.read(held).results) == 1


# ---------------------------------------------------------------- marks of an earlier answer


def test_marks_of_a_result_that_is_none_any_more_are_taken_away() -> None:
    """What was a ferritin and was made a sodium keeps no flag of ours."""
    marked = fhir.annotate(observation(8))
    sodium = {"coding": [{"system": LOINC, "code": "2951-2", "display": "Sodium"}]}
    assert fhir.annotate({**marked, "code": sodium}) == observation(8, code=sodium)
    assert fhir.annotate({**marked, "resourceType": "Basic"})["interpretation"] == marked["interpretation"]


def test_what_others_wrote_is_left_where_it_looks_like_ours() -> None:
    """A note under our name that we did not write, and a concept to which somebody added something, stay."""
    marked = fhir.annotate(observation(8))
    typed = {"authorString": "rlslabs", "text": "called the ward"}
    both = copy.deepcopy(marked["interpretation"][0])
    both["text"] = "low, repeated"
    again = fhir.annotate({**marked, "note": [typed, *marked["note"]], "interpretation": [both]})
    assert again["note"] == [typed, *marked["note"]]
    assert again["interpretation"][0] == both
    for part in (
        {"coding": [{"system": "urn:x-rlslabs:place", "code": "none"}]},
        {"coding": [{"system": "urn:x-rlslabs:place", "code": "standard-below", "display": "x"}]},
        {**marked["interpretation"][-1], "text": "x"},
        {"coding": [*both["coding"][::-1]]},
        {"coding": [{"system": "urn:lab", "code": "L"}, both["coding"][1]]},
    ):
        assert part in fhir.annotate(observation(8, interpretation=[part]))["interpretation"]


@pytest.mark.parametrize("name", ["interpretation", "note", "referenceRange"])
def test_an_empty_list_keeps_no_place(name: str) -> None:
    """Annotated twice is the same as once, to the order of the names."""
    once = fhir.annotate(observation(8, **{name: []}))
    assert list(fhir.annotate(once)) == list(once)


def _entry(url: str, value: float, **fields: object) -> Json:
    return {**({"fullUrl": url} if url else {}), "resource": observation(value, **fields)}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("http://x/Observation/o", ""),
        ("", "http://x/Observation/o"),
        ("http://x/Observation/o", "https://x/Observation/o"),
        ("urn:uuid:1", "urn:uuid:2"),
        ("urn:uuid:1", ""),
        ("http://x/Observation/o", "urn:uuid:2"),
    ],
)
def test_versions_are_told_whatever_their_addresses_look_like(one: str, two: str) -> None:
    """An entry without an address is of the one server of the others of its id."""
    entries = [_entry(one, 380, **version("1")), _entry(two, 8, status="corrected", **version("2"))]
    assert stand({**bundle(), "entry": entries}) == [None, 8]


def test_versions_of_two_pages_are_versions_of_one() -> None:
    """An address is the same in every Bundle; of an id alone nobody knows."""
    url = "http://x/Observation/o"
    pages = [{**bundle(), "entry": [_entry(url, 380, **version("1"))]}]
    pages += [{**bundle(), "entry": [_entry(url, 8, **version("2"))]}]
    assert stand(pages) == [None, 8]
    error = {**bundle(), "entry": [_entry(url, 8, **{**version("2"), "status": "entered-in-error"})]}
    assert stand([pages[0], error]) == [None, None]
    apart = [{**bundle(), "entry": [_entry("", value)]} for value in (380, 8)]
    assert stand(apart) == [380, 8]


@pytest.mark.parametrize(
    ("deleted", "held", "other"),
    [
        ("http://x/fhir/Observation/o", "", False),
        ("/Observation/o", "", False),
        ("Observation/o/_history/1", "", False),
        ("http://x/fhir/Observation/o", "https://x/fhir/Observation/o", True),
    ],
)
def test_a_deletion_is_heard_however_its_address_is_written(deleted: str, held: str, other: bool) -> None:  # noqa: FBT001  a case of the table
    """In full, from the root, with a version, or in another Bundle."""
    gone = {"request": {"method": "DELETE", "url": deleted}}
    result = _entry(held, 120)
    if other:
        assert stand([{**bundle(), "entry": [gone]}, {**bundle(), "entry": [result]}]) == [None]
    else:
        assert stand({**bundle(), "entry": [gone, result]}) == [None]
