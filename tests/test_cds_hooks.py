"""CDS Hooks: cards by the rules of 2.0.1, from what was prefetched, and nothing that alarms or advises."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs.cds_hooks import cards, services
from rlslabs.errors import HookError
from rlslabs.prefetch import HOOKS

Json = dict[str, Any]

LOINC = "http://loinc.org"
WOMAN = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15"}


CAUTION = "IRLSSG 2018: outside the limits for intravenous iron"


def observation(loinc: str = "2276-4", value: object = 38, unit: str = "ng/mL", **fields: object) -> Json:
    """A result of Patient/p."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": unit},
        **fields,
    }


def request(*results: Json, hook: str = "patient-view", **context: object) -> Json:
    """The body of a request."""
    entries = [{"resource": each} for each in results]
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/x", "patientId": "p", **context},
        "prefetch": {"patient": WOMAN, "results": {"resourceType": "Bundle", "type": "searchset", "entry": entries}},
    }


def order(code: Json, name: str = "1", **fields: object) -> Json:
    """A draft order."""
    return {"resource": {"resourceType": "ServiceRequest", "id": name, "code": code, **fields}}


def valid(answer: Json) -> list[Json]:
    """Hold an answer against the rules of 2.0.1, and give its cards."""
    assert set(answer) == {"cards"}
    found: list[Json] = json.loads(json.dumps(answer))["cards"]
    for card in found:
        assert set(card) == {"uuid", "summary", "detail", "indicator", "source"}
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in {"info", "warning"}
        assert card["source"]["label"]
    assert len({card["uuid"] for card in found}) == len(found)
    return found


def test_the_discovery_answer_names_a_service_a_hook() -> None:
    """Each has what CDS Hooks asks for, and prefetches the patient and the results by their codes."""
    found = services()["services"]
    assert [each["hook"] for each in found] == [*HOOKS]
    for each in found:
        assert each["id"]
        assert each["description"]
        assert "2276-4" in each["prefetch"]["results"]
        assert "{{context.patientId}}" in each["prefetch"]["results"]


@pytest.mark.parametrize(
    ("result", "indicator", "words"),
    [
        (observation(value=5), "warning", "below the standard range, below optimal for restless legs"),
        (observation(value=900), "warning", "above the standard range, above optimal"),
        (observation(), "info", "Ferritin 38 ng/mL of 2024-05-01: within the standard range, below optimal"),
        (observation("2500-7", 380, "ug/dL"), "info", "above optimal for restless legs"),
        (observation(valueQuantity={"value": 300, "comparator": "<", "unit": "ng/mL"}), "info", "undecided"),
    ],
)
def test_a_result_that_matters_gets_one_card(result: Json, indicator: str, words: str) -> None:
    """Outside the standard range is a warning; the side that matters, or open, is information."""
    *caution, card = valid(cards(request(result)))
    assert [each["summary"] for each in caution] == [CAUTION] * (result["valueQuantity"]["value"] == 900)
    assert card["indicator"] == indicator
    assert words in card["summary"]
    assert "Sources" in card["detail"]
    assert "This is information, not a diagnosis" in card["detail"]


@pytest.mark.parametrize(
    "result", [observation(value=100), observation(value=200), observation("2500-7", 260, "ug/dL")]
)
def test_a_result_that_does_not_matter_gets_none(result: Json) -> None:
    """Optimal, or off the optimum on the side that is no concern: no card."""
    assert valid(cards(request(result))) == []


def test_only_the_newest_result_of_the_patient_counts() -> None:
    """Older results and those of others get no card; an undated one stays beside the newest."""
    old = observation(value=5, effectiveDateTime="2020-01-01")
    other = observation(value=5, subject={"reference": "Patient/q"})
    undated = {key: part for key, part in observation(value=6).items() if key != "effectiveDateTime"}
    (card,) = valid(cards(request(old, observation(value=100), other)))
    assert "1 result name another patient" in card["detail"]
    (card,) = valid(cards(request(observation(value=100), undated)))
    assert card["summary"].startswith("Ferritin 6 ng/mL: below")


def test_too_much_iron_is_the_first_card_of_every_hook() -> None:
    """A saturation of 60 % comes before a ferritin of 40 that meets the criteria for iron, and names its sources."""
    results = (observation(value=40), observation("2502-3", 60, "%"))
    first, *others = valid(cards(request(*results)))
    assert first["indicator"] == "warning"
    assert first["summary"] == CAUTION
    assert "Transferrin saturation 60 %" in first["detail"]
    assert "Sources" in first["detail"]
    assert len(others) == 2
    draft = {"resourceType": "Bundle", "entry": [order({"coding": [{"system": LOINC, "code": "24331-1"}]})]}
    ordered = request(*results, hook="order-select", selections=["ServiceRequest/1"], draftOrders=draft)
    assert [each["summary"] for each in valid(cards(ordered))] == [first["summary"]]


GIRL = {**WOMAN, "birthDate": "2016-02-03"}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("value", "names"),
    [
        (50, ()),
        (49, ("AASM 2025: iron considered, child",)),
        (14, ("AASM 2025: iron considered, child", "absolute iron deficiency")),
    ],
)
def test_a_child_without_an_optimal_range_is_not_passed_over(hook: str, value: int, names: tuple[str, ...]) -> None:
    """Ferritin 14 is normal for a laboratory in a girl of 8, and meets WHO's 15 and the guideline's 50."""
    draft = {"resourceType": "Bundle", "entry": [order({"coding": [{"system": LOINC, "code": "2276-4"}]})]}
    body = request(observation(value=value), hook=hook, selections=["ServiceRequest/1"], draftOrders=draft)
    body["prefetch"]["patient"] = GIRL
    found = valid(cards(body))
    met = [card for card in found if "no optimal range for this patient: " in card["summary"]]
    assert len(met) == bool(names)
    for card in met:
        assert card["summary"] == f"Ferritin {value} ng/mL, no optimal range for this patient: {'; '.join(names)}"
        assert card["indicator"] == "info"
        assert "below 50 ng/mL meets the criterion" in card["detail"]
        assert "It rests on: Ferritin" in card["detail"]
        assert "AASM 2025 guideline" in card["detail"].partition("Sources")[2]


def test_an_older_result_of_a_child_says_nothing() -> None:
    """What is met rests on the newest result, and each panel has a card of its own."""
    body = request(observation(value=20, effectiveDateTime="2023-01-01"), observation(value=80))
    body["prefetch"]["patient"] = GIRL
    assert valid(cards(body)) == []


def test_what_was_refused_is_said_in_one_card() -> None:
    """Nothing is dropped in silence, and the card stays short."""
    refused = observation(status="entered-in-error")
    (card,) = valid(cards(request(refused)))
    assert card["summary"] == "1 result for restless legs could not be judged"
    assert "fhir-status" in card["detail"]
    (card,) = valid(cards(request(*[dict(refused) for _ in range(30)])))
    assert card["summary"].startswith("30 results")
    assert "and 20 more" in card["detail"]


def test_an_order_shows_the_newest_result_of_the_test_that_is_selected() -> None:
    """Wherever it stands; tests that are not selected, not ordered, or of other kinds show nothing."""
    ferritin, b12 = {"coding": [{"system": LOINC, "code": "2276-4"}]}, {"text": "Vitamin B12"}
    draft = {
        "resourceType": "Bundle",
        "entry": [
            order(ferritin),
            order(b12, "2"),
            order(ferritin, "3", doNotPerform=True),
            order({"coding": [{"system": LOINC, "code": "24331-1"}]}, "4"),
            {"resource": {"resourceType": "MedicationRequest", "id": "5"}},
            {"resource": {"resourceType": "Task", "id": "6", "code": ferritin}},
            "x",
        ],
    }
    results = [observation(value=100), observation("2132-9", 300, "pg/mL")]

    def named(*selections: str) -> list[str]:
        asked = request(*results, hook="order-select", selections=[*selections], draftOrders=draft)
        return [card["summary"].partition(" 1")[0].partition(" 3")[0] for card in valid(cards(asked))]

    assert named("ServiceRequest/1") == ["Ferritin"]
    assert named("ServiceRequest/2", "ServiceRequest/1") == ["Ferritin", "Vitamin B12"]
    assert named("ServiceRequest/3", "ServiceRequest/4", "MedicationRequest/5", "Task/6") == []


def test_hostile_text_is_shown_as_it_is() -> None:
    """What a laboratory wrote is no Markdown, no link and no tag in a card."""
    text = "24-336 [x](http://evil) <script>"
    (card,) = valid(
        cards(request(observation(value=5, code={"coding": [{"system": LOINC, "code": "2276-4"}], "text": text})))
    )
    assert "<script" not in card["detail"].replace("\\<", "")
    (card,) = valid(cards(request(observation(valueQuantity={"value": 5, "unit": text}))))
    assert "<script" not in card["detail"].replace("\\<", "")
    assert "[x](" not in card["detail"]


@given(st.decimals(min_value=1, max_value=3000, places=8), st.sampled_from(["<", ">", "<=", ">=", None]))
def test_a_summary_is_always_short(value: Any, comparator: str | None) -> None:  # noqa: ANN401  a Decimal
    """However long the number, fewer than 140 characters, and the same request gives the same cards."""
    quantity = {"value": value, "unit": "ng/mL", **({"comparator": comparator} if comparator else {})}
    asked = request(observation(valueQuantity=quantity))
    assert cards(asked) == cards(asked)
    valid(cards(asked))


def test_a_very_long_number_is_shortened_in_the_summary_alone() -> None:
    """The card ends in an ellipsis rather than beyond its limit."""
    from decimal import Decimal  # noqa: PLC0415  beside its use

    (card,) = valid(cards(request(observation(value=Decimal("5." + "0" * 90)))))
    assert card["summary"].endswith("…")


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"hook": "order-sign"},
        {"hook": ["patient-view"]},
        {"hook": "patient-view"},
        {**request(), "hookInstance": 5},
        {**request(), "context": {}},
        {**request(), "context": "p"},
        {**request(), "prefetch": None},
        {**request(), "prefetch": {"patient": WOMAN}},
        request(hook="order-select"),
        request(hook="order-select", selections=[], draftOrders={"entry": {}}),
        request(hook="order-select", selections="x", draftOrders={"entry": []}),
    ],
)
def test_a_request_that_lacks_something_is_refused(asked: object) -> None:
    """The service answers with an error and not with an empty list, which would mean that all is well."""
    with pytest.raises(HookError):
        cards(asked)


def test_a_prefetch_without_results_gives_no_card() -> None:
    """A search that found nothing is `null` or an empty Bundle."""
    asked = request()
    assert cards(asked) == {"cards": []}
    asked["prefetch"]["results"] = None
    assert cards(asked) == {"cards": []}


def searched(results: object, **fields: object) -> Json:
    """A request with whatever was prefetched as results."""
    asked = {**request(), **fields}
    return {**asked, "prefetch": {**asked["prefetch"], "results": results}}


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.mark.parametrize("results", [OUTCOME, "x", {}, [observation(value=8)], observation(value=8), 5, False])
def test_results_that_are_none_are_refused(results: object) -> None:
    """An error, or what is no Bundle, is no empty list of cards, which would mean that all is well."""
    with pytest.raises(HookError):
        cards(searched(results))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"entry": [{"resource": OUTCOME}]}, "reported an error or a warning"),
        ({"link": [{"relation": "next", "url": "http://x"}]}, "further pages"),
        ({"total": 7}, "found 7 results, and 0 were sent"),
    ],
)
def test_results_that_are_not_all_are_said_to_be(fields: Json, words: str) -> None:
    """An error of the search, a further page, and a larger total each give a card."""
    (card,) = valid(cards(searched({"resourceType": "Bundle", "type": "searchset", **fields})))
    assert card["summary"] == "The results that were sent are not complete, or not all of this patient"
    assert words in card["detail"]


def test_a_hint_of_the_search_is_no_gap() -> None:
    """An information of the server says nothing against the results; odd links and issues do neither."""
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}, "x"]}
    entries = [{"resource": hint}, {"resource": {"resourceType": "OperationOutcome"}}]
    held = {"resourceType": "Bundle", "link": ["x", {"relation": "self"}], "total": 1, "entry": entries}
    assert valid(cards(searched(held))) == []


@pytest.mark.parametrize("patient", ["x", OUTCOME, {"resourceType": "Group", "id": "p"}])
def test_a_patient_that_was_not_prefetched_is_said(patient: object) -> None:
    """The results are judged without the facts, and a card says that they are lacking."""
    asked = request(observation(value=8))
    asked["prefetch"]["patient"] = patient
    result, gap = valid(cards(asked))
    assert result["summary"].startswith("Ferritin 8 ng/mL")
    assert "patient" in gap["detail"]


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ({"reference": "Patient/p"}, {}),
        ({"reference": "Patient/p/_history/3"}, {}),
        ({"reference": "http://srv/fhir/Patient/p"}, {"fhirServer": "http://srv/fhir/"}),
        ({"reference": "http://srv/fhir/Patient/p"}, {}),
        ({"reference": "urn:uuid:1"}, {}),
    ],
)
def test_a_result_of_the_patient_counts_however_the_reference_is_spelled(subject: Json, fields: Json) -> None:
    """With a version, in full, or by the address of an entry."""
    entries = [
        {"fullUrl": "http://srv/fhir/Observation/1", "resource": observation(value=8, subject=subject)},
        {"fullUrl": "urn:uuid:1", "resource": WOMAN},
        {"fullUrl": 5, "resource": {**WOMAN, "id": "q"}},
    ]
    (card,) = valid(cards(searched({"resourceType": "Bundle", "entry": entries}, **fields)))
    assert card["indicator"] == "warning"


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": None},
        {"subject": {"identifier": {"value": "p"}}},
        {"subject": {"reference": "Patient/q"}},
        {"subject": {"reference": "http://other/fhir/Patient/p"}},
        {"subject": {"reference": "urn:x/p"}},
        {"subject": {"reference": "#p"}, "contained": [WOMAN]},
    ],
)
def test_a_result_that_is_not_certainly_of_the_patient_gets_a_card_that_says_so(fields: Json) -> None:
    """It is never judged as the patient's, and never dropped in silence."""
    for server in ({"fhirServer": "http://srv/fhir"}, {}):
        held = {"resourceType": "Bundle", "entry": [{"resource": observation(value=8, **fields)}]}
        (card,) = valid(cards(searched(held, **server)))
        assert "1 result name another patient, or none that is known here" in card["detail"]


@pytest.mark.parametrize("kind", ["RelatedPerson", "Practitioner", "Substance", "Organization", "Group"])
def test_a_result_of_somebody_who_is_no_patient_is_refused(kind: str) -> None:
    """Only a Patient is a patient, whatever its id."""
    (card,) = valid(cards(request(observation(value=8, subject={"reference": f"{kind}/p"}))))
    assert "fhir-subject" in card["detail"]


def test_a_result_without_a_place_in_its_bundle_is_said() -> None:
    """What hides results by its shape is in the card about what was refused."""
    (card,) = valid(cards(searched({"resourceType": "Bundle", "entry": [observation(value=8)]})))
    assert "fhir-resource" in card["detail"]


UNITLESS: dict[str, Any] = {"valueQuantity": {"value": 8}}


def test_an_older_result_is_not_shown_as_the_newest() -> None:
    """Where a newer one could not be judged both cards say so, on both hooks; where it is older none does."""
    draft = {"resourceType": "Bundle", "entry": [order({"coding": [{"system": LOINC, "code": "2276-4"}]})]}
    ordered: Json = {"hook": "order-select", "selections": ["ServiceRequest/1"], "draftOrders": draft}
    old = observation(value=8, effectiveDateTime="2020-01-01")
    for options in ({}, ordered):
        for when in ("2024-05-01", "2024", None, "soon"):
            card, gap = valid(cards(request(old, observation(**UNITLESS, effectiveDateTime=when), **options)))
            assert "(a newer one could not be judged)" in card["summary"]
            assert "missing-unit" in gap["detail"] or "unreadable-date" in gap["detail"]
        card, gap = valid(cards(request(old, observation(**UNITLESS, effectiveDateTime="2019-01-01"), **options)))
        assert "newer" not in card["summary"]
        (gap,) = valid(cards(request(observation(**UNITLESS), **options)))
        assert "missing-unit" in gap["detail"]
    others = request(observation("2132-9", **UNITLESS), **ordered)
    assert valid(cards(others)) == []


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": LOINC, "code": "50190-8"}]},
        {"text": "Iron studies"},
        {"concept": {"coding": [{"system": LOINC, "code": "2498-4"}]}},
    ],
)
def test_an_order_of_a_panel_or_of_r5_shows_its_tests(code: Json) -> None:
    """The iron panel shows iron; R5 holds the code one deeper."""
    draft = {"resourceType": "Bundle", "entry": [order(code)]}
    results = [observation("2498-4", 40, "ug/dL"), observation(value=8)]
    asked = request(*results, hook="order-select", selections=["ServiceRequest/1"], draftOrders=draft)
    (card,) = valid(cards(asked))
    assert card["summary"].startswith("Iron 40")


def test_what_is_said_of_a_result_is_said_in_its_card() -> None:
    """That it may still change, and that its text is no known name."""
    strange = {"coding": [{"system": LOINC, "code": "2276-4", "display": "Ferritin ECLIA S"}]}
    (card,) = valid(cards(request(observation(value=8, status="preliminary", code=strange))))
    assert "(status preliminary)" in card["summary"]
    assert "ECLIA" in card["detail"]


def test_the_same_copy_twice_gives_one_card() -> None:
    """A result that stands in two places is one result."""
    assert len(valid(cards(request(*[observation(value=8, id="o") for _ in range(2)])))) == 1
    assert len(valid(cards(request(*[observation(value=8) for _ in range(2)])))) == 2


def test_a_result_that_stands_in_no_panel_has_its_card() -> None:
    """Two printed ranges that part leave the panel empty, and the result is undecided by itself; both are said."""
    ends = ({"high": {"value": high, "unit": "ng/mL"}} for high in (5, 400))
    card, apart = valid(cards(request(observation(value=8, referenceRange=[*ends]))))
    assert "undecided" in card["summary"]
    assert apart["summary"] == "Not read together with the other results: Ferritin 8 ng/mL"
    assert "Several printed ranges could apply" in apart["detail"]


def test_half_a_surrogate_pair_in_the_instance_breaks_no_card() -> None:
    """Whatever JSON can hold as the name of a request, its cards are named after it."""
    asked = {**request(observation(value=3), observation(value="x")), "hookInstance": "\ud800"}
    assert len(valid(cards(asked))) == 2


# ---------------------------------------------------------------- whose results count


@pytest.mark.parametrize(
    "entry",
    [
        {"fullUrl": "http://other/fhir/Observation/1", "resource": observation(value=8)},
        *(
            {"resource": observation(value=8, subject={"reference": reference})}
            for reference in (
                *("HTTP://other/fhir/Patient/p", "urn:x/Patient/p", "//other/Patient/p", "ftp://o/Patient/p"),
                *("tenantB/Patient/p", "http://other/fhir/Patient/p"),
            )
        ),
    ],
)
def test_a_result_of_another_server_is_not_the_patients(entry: Json) -> None:
    """However the reference is spelled, the id alone names nobody."""
    asked = {**request(), "fhirServer": "http://mine/fhir"}
    asked["prefetch"]["results"]["entry"] = [entry]
    (card,) = valid(cards(asked))
    assert "not complete, or not all of this patient" in card["summary"]
    mine = observation(value=8, subject={"reference": "http://mine/fhir/Patient/p"})
    asked["prefetch"]["results"]["entry"] = [{"fullUrl": "http://mine/fhir/Observation/1", "resource": mine}]
    assert "Ferritin 8" in valid(cards(asked))[0]["summary"]


def test_a_prefetched_patient_who_is_another_one_is_said() -> None:
    """The facts of somebody else are not used, and the card says that they are lacking."""
    asked = request(observation(value=8))
    asked["prefetch"]["patient"] = {**WOMAN, "id": "q", "birthDate": "2015-01-01"}
    *_, card = valid(cards(asked))
    assert "The Patient that was prefetched is not the one of the request" in card["detail"]


# ---------------------------------------------------------------- nothing is silent


CARRIED: Json = {
    **observation("82810-3"),
    "valueQuantity": None,
    "valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA15173-0"}]},
}


def test_a_result_without_a_range_is_said_and_not_passed_over() -> None:
    """In pregnancy and for a child; no card at all would say that all is well."""
    asked = request(observation(value=5), observation("2132-9", 310, "pg/mL"))
    asked["prefetch"]["pregnancy"] = {"resourceType": "Bundle", "entry": [{"resource": CARRIED}]}
    (card,) = valid(cards(asked))
    assert card["summary"] == ("2 results for restless legs not placed: ranges for adults do not hold in pregnancy")
    assert "Ferritin of 2024-05-01" in card["detail"]
    child = request(observation("2132-9", 310, "pg/mL"))
    child["prefetch"]["patient"] = {**WOMAN, "birthDate": "2015-01-15"}
    (card,) = valid(cards(child))
    assert card["summary"].endswith("not placed: there is no standard range for this patient")
    draft = {"resourceType": "Bundle", "entry": [order({"coding": [{"system": LOINC, "code": "2132-9"}]})]}
    child |= {"hook": "order-select"}
    child["context"] |= {"selections": ["ServiceRequest/1"], "draftOrders": draft}
    (card,) = valid(cards(child))
    assert card["summary"].endswith("no standard range for this patient, no optimal range for this patient")


def test_what_is_advertised_asks_for_pregnancies() -> None:
    """A client that sends what discovery asks for tells of a pregnancy."""
    for service in services()["services"]:
        assert f"{LOINC}|82810-3" in service["prefetch"]["pregnancy"]
        assert f"{LOINC}|11449-6" in service["prefetch"]["pregnancy"]


def test_a_pregnancy_that_could_not_be_fetched_is_a_gap() -> None:
    """An error in the place of an answer is no answer."""
    asked = request(observation(value=100))
    asked["prefetch"]["pregnancy"] = {"resourceType": "OperationOutcome"}
    (card,) = valid(cards(asked))
    assert 'prefetched as "pregnancy" is an error' in card["detail"].replace("\\", "")


def test_what_was_refused_is_named() -> None:
    """Test, day and id stand beside the reason, whether or not it is known which test it was."""
    refused = observation("2498-4", 62, "mmol/L", id="x")
    (card,) = valid(cards(request(refused)))
    assert card["detail"].startswith("- Iron of 2024-05-01 (Observation/x): ")


def test_a_result_that_may_be_another_test_is_shown() -> None:
    """Its place says nothing of the patient where the name beside the code is not understood."""
    named = {"coding": [{"system": LOINC, "code": "2276-4", "display": "Ferritin ECLIA S"}]}
    (card,) = valid(cards(request(observation(value=100, code=named))))
    assert "is no name of Ferritin" in card["detail"]


def test_an_older_version_is_no_newer_result() -> None:
    """What another version replaces is neither a refusal nor in doubt."""
    old, new = ({"versionId": each} for each in ("1", "2"))
    results = (observation(value=380, id="o", meta=old), observation(value=8, id="o", meta=new, status="corrected"))
    (card,) = valid(cards(request(*results)))
    assert card["summary"].startswith("Ferritin 8 ng/mL of 2024-05-01: below")


def test_a_result_of_the_future_hides_none() -> None:
    """It is a typing error; the newest that can be is shown beside it."""
    soon = f"{datetime.now(tz=UTC).year + 2}-06-01"
    results = (observation(value=5, effectiveDateTime=soon), observation(value=8))
    summaries = [card["summary"] for card in valid(cards(request(*results)))]
    assert any(each.startswith("Ferritin 8 ng/mL of 2024-05-01: below") for each in summaries)
    assert any("(dated in the future)" in each for each in summaries)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"entry": [{"fullUrl": "http://x/Observation/1"}]}, "without what they hold"),
        ({"entry": [{"resource": None}]}, "without what they hold"),
        ({"total": "5"}, "found 5 results, and 0 were sent"),
        ({"total": 2, "entry": [{"resource": WOMAN, "search": {"mode": "include"}}]}, "found 2 results, and 0 were"),
        ({"link": {"relation": "next"}}, "further pages"),
        (
            {"entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}}]},
            "an error or a warning",
        ),
    ],
)
def test_a_search_that_is_not_whole_is_never_silent(fields: Json, words: str) -> None:
    """However the server says it."""
    (card,) = valid(cards(searched({"resourceType": "Bundle", **fields})))
    assert words in card["detail"]


def test_an_order_that_cannot_be_told_is_said() -> None:
    """A name without a code may be of one of the tests."""
    draft = {"resourceType": "Bundle", "entry": [order({"text": "Eisenstatus"}), order({}, "2")]}
    chosen = {"selections": ["ServiceRequest/1", "ServiceRequest/2"], "draftOrders": draft}
    (card,) = valid(cards(request(observation(), hook="order-select", **chosen)))
    assert card["summary"].startswith("2 selected orders could not be told")
    assert "Eisenstatus" in card["detail"]
    assert "ServiceRequest/2" in card["detail"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ([], 400, "list"),
        ({}, 400, "names no hook"),
        ({"hook": "x"}, 400, "is no hook"),
        (request(hook="order-select"), 400, "no selections"),
        (request(hook="order-select", selections=["sr1"], draftOrders={"entry": []}), 400, "none of the draftOrders"),
        (request(hook="order-select", selections=[{"a": 1}], draftOrders={"entry": []}), 400, "^A dict is selected"),
        ({**request(), "prefetch": {}}, 412, "no prefetched results"),
        ({**request(), "prefetch": {"results": {"resourceType": "OperationOutcome"}}}, 412, "no Bundle"),
    ],
)
def test_a_refusal_says_what_a_service_answers_with(body: object, status: int, words: str) -> None:
    """412 is for the prefetch, and 400 for everything else that the caller sent."""
    with pytest.raises(HookError, match=words) as caught:
        cards(body)
    assert caught.value.status == status
    assert pickle.loads(pickle.dumps(caught.value)).status == status  # noqa: S301  our own bytes


def test_a_result_that_no_range_makes_a_value_of_leaves_the_others_standing() -> None:
    """It is named on the card of what was refused, and is no failure of the request."""
    ranges = [{"low": {"value": each, "unit": "ng/mL"}, "appliesTo": [{"text": "adults"}]} for each in (20, 30)]
    unread = observation(valueQuantity=None, valueString="haemolytic", referenceRange=ranges)
    found = valid(cards(request(observation(), unread)))
    assert [card["summary"] for card in found][-1] == "1 result for restless legs could not be judged"
    assert len(found) > 1


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "printed", "indicator"),
    [
        ("62292-8", 140, "ng/mL", ">30", "warning"),
        ("62292-8", 60, "ng/mL", ">30", "warning"),
        ("2498-4", 340, "ug/dL", ">50", "warning"),
        ("2132-9", 1900, "pg/mL", ">180", "warning"),
        ("2500-7", 120, "ug/dL", "<400", "warning"),
        ("2276-4", 5000, "ng/mL", ">30", "warning"),
        ("2502-3", 92, "%", ">20", "warning"),
        ("2276-4", 100, "ng/mL", ">30", None),
    ],
)
def test_a_range_that_is_open_hides_no_card(loinc: str, value: int, unit: str, printed: str, indicator: str) -> None:
    """On whatever side: what the set calls too high or too low is a warning with and without such a range."""
    for fields in ({"referenceRange": [{"text": printed}]}, {}):
        found = valid(cards(request(observation(loinc, value, unit, **fields))))
        about = [card for card in found if "2024-05-01" in card["summary"]]
        assert [card["indicator"] for card in about] == ([indicator] if indicator else [])


def test_a_printed_range_of_one_end_is_all_that_there_is_in_pregnancy() -> None:
    """No range of ours holds then, and half of one is shown as what it is."""
    body = request(observation(value=3, referenceRange=[{"text": "<150"}]))
    stated = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2024-05-01"}
    code, answer = ({"coding": [{"system": LOINC, "code": each}]} for each in ("82810-3", "LA15173-0"))
    pregnant = {**stated, "code": code, "subject": {"reference": "Patient/p"}, "valueCodeableConcept": answer}
    body["prefetch"]["patient"] = {**WOMAN, "birthDate": "1994-01-01"}
    body["prefetch"]["pregnancy"] = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": pregnant}]}
    (card,) = valid(cards(body))
    assert card["indicator"] == "info"
    assert "within a printed range that is open on a side, no optimal range" in card["summary"]
    assert "cannot show that the result is not too low" in card["detail"]


@pytest.mark.parametrize(("value", "indicator"), [(3, "warning"), (38, "info")])
def test_a_range_that_is_open_on_the_side_of_the_result_calms_nobody(value: int, indicator: str) -> None:
    """A ferritin of 3 beside `< 150` is no card like any other, and says so in its first line."""
    (card,) = valid(cards(request(observation(value=value, referenceRange=[{"text": "<150"}]))))
    assert card["indicator"] == indicator
    assert ("within a printed range that is open on a side" in card["summary"]) == (indicator == "warning")
    assert ("has no usable lower limit" in card["detail"]) == (indicator == "warning")


# ---------------------------------------------------------------- what rests on the newest results, and what is open

SOON = f"{datetime.now(tz=UTC).year + 2}-06-01"
ADULTS = [{"low": {"value": 10, "unit": "ng/mL"}, "high": {"value": 300, "unit": "ng/mL"}}]
IS_CHILD = ": AASM 2025: iron considered, child"


def summaries(patient: Json, *results: Json, pregnant: str = "", hook: str = "patient-view") -> list[str]:
    """The cards about a patient, by their summaries; `pregnant` is a day on which a pregnancy was stated."""
    draft = {"resourceType": "Bundle", "entry": [order({"coding": [{"system": LOINC, "code": "2276-4"}]})]}
    body = request(*results, hook=hook, selections=["ServiceRequest/1"], draftOrders=draft)
    body["prefetch"]["patient"] = {**WOMAN, **patient}
    if pregnant:
        stated = {**CARRIED, "effectiveDateTime": pregnant}
        body["prefetch"]["pregnancy"] = {"resourceType": "Bundle", "entry": [{"resource": stated}]}
    return [card["summary"] for card in valid(cards(body))]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_result_of_the_future_hides_no_caution_and_is_named(hook: str) -> None:
    """Whatever it says; what was left out of the reading of all stands on a card, with its value and day."""
    high = (observation(value=390), observation("2502-3", 49, "%"))
    soon = (observation(value=80, effectiveDateTime=SOON), observation("2502-3", 30, "%", effectiveDateTime=SOON))
    found = summaries({"gender": "male"}, *high, *soon, hook=hook)
    assert found[0] == CAUTION
    assert found[-1] == "Not read together with the other results: Ferritin 80 ng/mL, Transferrin saturation 30 %"
    (apart,) = [card for card in valid(cards(request(*soon))) if card["summary"] == found[-1]]
    assert f"Ferritin of {SOON}" in apart["detail"].replace("\\", "")
    assert "80 ng/mL. The day of collection has not come yet; correct it. (future-date)" in apart["detail"]


def test_a_result_of_the_future_hides_no_childs_card() -> None:
    """Nor does one of CRP, which is read beside the others and not judged."""
    later = observation(value=60, effectiveDateTime=SOON)
    found = summaries(GIRL, observation(value=14), later, observation("1988-5", 9, "mg/L", effectiveDateTime=SOON))
    assert any(each.startswith(f"Ferritin 14 ng/mL, no optimal range for this patient{IS_CHILD}") for each in found)
    assert found[-1] == "Not read together with the other results: Ferritin 60 ng/mL, C-reactive protein"


@pytest.mark.parametrize(
    ("early", "late", "named"),
    [
        ("2024-02", "2024-03", ["Not read together with the other results: Ferritin 390 ng/mL"]),
        ("2024-03", "2024-03", []),
    ],
)
def test_what_a_panel_leaves_out_is_said(early: str, late: str, named: list[str]) -> None:
    """A result that is dated to an earlier month only: which it is, with the date as it was written, and why."""
    results = (
        observation(value=390, effectiveDateTime=early),
        observation("2132-9", 600, "pg/mL", effectiveDateTime=late),
    )
    found = summaries({"gender": "male"}, *results)
    assert found == (named or [CAUTION])
    details = [card["detail"] for card in valid(cards(request(*results))) if card["summary"] in named]
    assert len(details) == len(named)
    for each in details:
        assert each.startswith("- Ferritin of 2024-02 (")
        assert "): 390 ng/mL. The collection is not dated to the day; give the day" in each


def test_what_is_older_and_left_out_is_not_said() -> None:
    """Only a newest result is missed: an older one with two printed ranges that part would say nothing."""
    ends = [{"high": {"value": high, "unit": "ng/mL"}} for high in (5, 400)]
    old = observation(value=8, referenceRange=ends, effectiveDateTime="2020-01-01")
    assert summaries({}, old, observation(value=100)) == []


def vague(low: int, high: int) -> Json:
    """A result between two values."""
    ends = {name: {"value": end, "unit": "ng/mL"} for name, end in (("low", low), ("high", high))}
    return {key: part for key, part in observation(valueRange=ends).items() if key != "valueQuantity"}


@pytest.mark.parametrize(
    ("results", "values", "settles"),
    [
        (
            (observation(value=40), observation(value=60)),
            "40 ng/mL, Ferritin 60 ng/mL",
            "which of them holds would settle",
        ),
        ((vague(40, 60),), "40-60 ng/mL", "An exact value would settle it"),
    ],
)
def test_a_childs_criterion_that_is_open_is_said_to_be(results: tuple[Json, ...], values: str, settles: str) -> None:
    """With what would settle it; nothing is said of what merely lacks a test."""
    body = request(*results)
    body["prefetch"]["patient"] = GIRL
    (card,) = valid(cards(body))
    assert card["summary"] == (
        f"Ferritin {values}, no optimal range for this patient: undecided: AASM 2025: iron considered, child"
    )
    assert card["indicator"] == "info"
    assert settles in card["detail"]
    assert "It rests on: Ferritin 40" in card["detail"]


def test_a_caution_that_is_open_is_said_to_be() -> None:
    """By a saturation of 40 to 48; where a test that is merely missing would have to be there too, nothing is said."""
    ends = {name: {"value": end, "unit": "%"} for name, end in (("low", 40), ("high", 48))}
    wide = {key: part for key, part in observation("2502-3", valueRange=ends).items() if key != "valueQuantity"}
    body = request(wide, observation(value=100))
    first, *_ = valid(cards(body))
    assert first["summary"] == f"undecided: {CAUTION}"
    assert first["indicator"] == "info"
    assert "Transferrin saturation 40-48 %" in first["detail"]
    assert not any("raised ferritin" in each for each in summaries({}, vague(150, 250)))
    doubted = [observation(loinc, value, "ug/dL") for loinc, value in (("2498-4", 20), ("2500-7", 200))]
    far = summaries({}, *doubted, observation("2502-3", 18, "%"), observation(value=100))
    assert not any("undecided: IRLSSG" in each for each in far)


@pytest.mark.parametrize(("who", "words"), [({"birthDate": "1990-01-01"}, "in pregnancy"), (GIRL, "for this patient")])
def test_what_is_within_a_range_that_was_only_taken_to_fit_is_said(who: Json, words: str) -> None:
    """A printed range that does not say whom it is for calms nobody about a child or a pregnancy."""
    pregnant = "2024-05-01" if who is not GIRL else ""
    within = observation(value=60, referenceRange=ADULTS)
    (one,) = summaries(who, within, pregnant=pregnant)
    assert one == f"1 result for restless legs within a printed range that was only taken to hold {words}"
    (first,) = summaries(who, within, pregnant=pregnant, hook="order-select")
    assert first.startswith("Ferritin 60 ng/mL of 2024-05-01: within a printed range that was only taken to fit, no")
    body = request(within)
    body["prefetch"]["patient"] = GIRL
    (card,) = valid(cards(body))
    assert "60 ng/mL, printed 10-300 ng/mL" in card["detail"]
    assert "Nobody is called normal by it alone" in card["detail"]
    assert summaries({}, observation(value=100, referenceRange=ADULTS)) == []


@pytest.mark.parametrize("pregnant", ["", "2020-03-01"])
def test_a_caution_speaks_of_the_newest_results_alone(pregnant: str) -> None:
    """Those of an earlier pregnancy are read apart, and are as old as they would be without it."""
    woman = {"birthDate": "1990-01-01"}
    old = [observation(value=320), observation("2502-3", 49, "%")]
    old = [{**each, "effectiveDateTime": "2020-03-01"} for each in old]
    new = [observation(value=100), observation("2498-4", 90, "ug/dL"), observation("2500-7", 300, "ug/dL")]
    assert CAUTION not in summaries(woman, *old, *new, pregnant=pregnant)
    assert CAUTION in summaries(woman, *old, *new[:1], pregnant=pregnant)
    assert CAUTION in summaries(woman, *old, pregnant=pregnant)
