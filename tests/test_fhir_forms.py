"""Forms with blanks: an Observation of a known kind is told as if it were the first, whatever its value and patient."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabsError, Patient, fhir
from rlslabs.catalog import builtin
from rlslabs.edges import beside, edges
from rlslabs.errors import UnknownSetError
from rlslabs.fhir import alike, forms, judging, whose
from rlslabs.fhir import lines as lines_module
from rlslabs.fhir.annotating import Notes, annotated
from rlslabs.fhir.exact import added, dumps, is_named_once, loads, names_in
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.lines import Answers, known_of
from rlslabs.limits import table
from rlslabs.population import TICKS

Json = dict[str, Any]

LOINC = "http://loinc.org"
HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CODES = {
    "ferritin": "2276-4",
    "iron": "2498-4",
    "tibc": "2500-7",
    "transferrin_saturation": "2502-3",
    "vitamin_b12": "2132-9",
    "vitamin_d": "62292-8",
}
MARKERS = builtin().markers
PEOPLE: list[Patient | None] = [
    None,
    Patient(sex="female", age=52, pregnant=False),
    Patient(sex="male", age=34),
    Patient(sex="female", age=30, pregnant=True),
    Patient(sex="female", age="5 mo"),
    Patient(born=date(1950, 2, 3), sex="male"),
    Patient(),
]
KNOWN: list[Json] = [
    {"resourceType": "Patient", "id": "man", "gender": "male", "birthDate": "1950-01-01"},
    {"resourceType": "Patient", "id": "girl", "gender": "female", "birthDate": "2019-05-02"},
    {"resourceType": "Patient", "id": "born-that-year", "gender": "female", "birthDate": "2006"},
    {"resourceType": "Patient", "id": "mother", "gender": "female", "birthDate": "1990-01-01"},
    {"resourceType": "Patient", "id": "withdrawn", "active": False, "modifierExtension": [{"url": "x"}]},
    {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/mother"},
        "code": {"text": "Pregnancy"},
        "onsetDateTime": "2024-03-01",
        "abatementDateTime": "2024-08-01",
    },
]
PATIENTS = [json.dumps(each) for each in KNOWN]
FLAGS = ("L", "N", "H", "A", "D")


def ladder(marker: str, unit: str) -> list[Decimal]:
    """Values on, just below and just above every limit of a marker in a unit, in the digits of a laboratory."""
    limits = table(builtin(), marker, unit)
    ends = [*edges(builtin(), marker, unit), *limits.soft[:2], *limits.hard[:2], Decimal(1), Decimal("1.5")]
    every = {value for end in ends if end is not None for value in (end, *beside(end, 3), *beside(end, 4))}
    return sorted(value for value in every if len(f"{value:f}") <= 12)


LADDERS = {
    (marker, accepted.ucum): ladder(marker, accepted.ucum) for marker in CODES for accepted in MARKERS[marker].accepts
}


def printed(draw: st.DrawFn, values: list[Decimal], unit: str) -> list[Json] | None:
    """The range that a laboratory prints, or none."""
    low, high = sorted((draw(st.sampled_from(values)), draw(st.sampled_from(values))))
    ends: Json = {"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}
    return draw(
        st.sampled_from(
            [
                None,
                [ends],
                [{"low": ends["low"]}],
                [{"text": f"{low:f}-{high:f}"}],
                [{**ends, "text": "deficient"}],
                [{"low": ends["high"], "high": ends["low"]}],
                [{**ends, "appliesTo": [{"text": "women"}]}],
                [],
            ]
        )
    )


@st.composite
def alikes(draw: st.DrawFn) -> list[Json]:
    """Observations of one kind, with values around its limits, days and patients."""
    marker, unit = draw(st.sampled_from(sorted(LADDERS)))
    values = LADDERS[marker, unit]
    common: Json = {
        "resourceType": "Observation",
        "status": draw(st.sampled_from(["final", "preliminary"])),
        "code": {"coding": [{"system": LOINC, "code": CODES[marker]}]},
        "referenceRange": printed(draw, values, unit),
        "interpretation": draw(
            st.sampled_from([None, *([{"coding": [{"system": HL7, "code": code}]}] for code in FLAGS), []])
        ),
        "note": draw(st.sampled_from([None, None, [{"text": "by hand"}], []])),
        "focus": draw(st.sampled_from([None, None, None, [{"reference": "Patient/baby"}]])),
        "effectiveInstant": draw(st.sampled_from([None, None, None, "2024-05-01T08:00:00Z"])),
        "specimen": draw(st.sampled_from([None, None, {"reference": "Specimen/s"}, {"display": "serum"}])),
    }
    beside_value: Json = draw(st.sampled_from([{}, {}, {"comparator": "<"}, {"comparator": None}, {"code": unit}]))
    found: list[Json] = []
    for number in range(draw(st.integers(2, 12))):
        who = draw(st.sampled_from(["man", "girl", "born-that-year", "mother", "withdrawn", "nobody"]))
        when = draw(st.sampled_from(["2024-05-01", "2024-05-01T08:00:00Z", "2024-05", "1900-01-01", "no date", None]))
        whole: Json = {
            **common,
            "id": str(number),
            "subject": draw(st.sampled_from([{"reference": f"Patient/{who}"}, {"reference": "Group/g"}, None])),
            "effectiveDateTime": when,
            "valueQuantity": {"value": draw(st.sampled_from(values)), "unit": unit, **beside_value},
        }
        found.append({name: part for name, part in whole.items() if part is not None})
    return found


def forget(patch: pytest.MonkeyPatch) -> dict[object, object]:
    """As if nothing had come before; gives the kinds that are kept from now on."""
    kinds: dict[object, object] = {}
    for module, name, kept in ((alike, "_kept", {}), (judging, "_kept", {}), (forms, "_kinds", kinds)):
        patch.setattr(module, name, kept)
    return kinds


@given(alikes(), st.sampled_from(PEOPLE), st.sampled_from(["brief", "none", "full"]), st.booleans())
def test_a_form_says_what_the_whole_reading_says(
    several: list[Json],
    patient: Patient | None,
    notes: Notes,
    strict: bool,  # noqa: FBT001  Hypothesis gives it
) -> None:
    """On and beside every limit, in every unit, for everybody: by form and by whole reading to the last digit."""
    judge = Judge(builtin(), None, None, strict=strict)
    whole = [annotated(each, judge, patient, notes)[0] for each in several]
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        for _ in range(3):
            found = [fhir.annotate(each, patient=patient, notes=notes, strict=strict) for each in several]
            assert list(map(dumps, found)) == list(map(dumps, whole))


@given(alikes(), st.sampled_from(PEOPLE), st.sampled_from(["brief", "none"]), st.booleans())
def test_a_stream_by_forms_says_what_the_whole_reading_says(
    several: list[Json],
    patient: Patient | None,
    notes: Notes,
    strict: bool,  # noqa: FBT001  Hypothesis gives it
) -> None:
    """The same of lines, with patients and pregnancies that are known from elsewhere; and their answers."""
    judge = Judge(builtin(), None, None, strict=strict)
    known = known_of(PATIENTS)
    lines = [json.dumps(each, default=float) for each in several] if patient else list(map(dumps, several))
    whole = [annotated(loads(line), judge, patient, notes, known) for line in lines]
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        told = list(fhir.annotate_lines(lines * 3, patients=PATIENTS, patient=patient, notes=notes, strict=strict))
    assert [dumps(loads(each.text)) for each in told] == [dumps(new) for new, _ in whole] * 3
    assert [repr(each.judged) for each in told] == [repr(tuple(answers)) for _, answers in whole] * 3
    assert [each.text for each in told[: len(lines)]] == [each.text for each in told[len(lines) : 2 * len(lines)]]


def of_the_man(marker: str, value: Decimal) -> Json:
    """A result of somebody who is known from elsewhere."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": CODES[marker]}]},
        "subject": {"reference": "Patient/man"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": MARKERS[marker].unit},
    }


@pytest.mark.parametrize("marker", CODES)
def test_after_the_first_of_a_kind_the_form_is_known(marker: str) -> None:
    """What is compared above are two ways and not one: the next value of the same stretch is not read whole."""
    judge = Judge(builtin(), None, None, strict=False)
    pairs = [(60, 61), (64, 65)] if MARKERS[marker].unit == "%" else [(60, 61), (90, 91), (140, 141), (260, 261)]
    for known in (None, known_of(PATIENTS)):
        for patient in PEOPLE:
            found = forms.Forms(builtin(), forms.Chosen(None, None, strict=False, notes="brief"), patient, known)
            for first, second in pairs:
                each = of_the_man(marker, Decimal(first))
                found.learn(each, annotated(each, judge, patient, "brief", known)[1])
                again = found.ask(of_the_man(marker, Decimal(second)))
                assert again is not None
                assert again.form is not None


AGES = sorted({age for marker in MARKERS.values() for each in marker.range for age in each.applies_to.ages})
BORN = sorted(
    date(2024, 5, 1) - timedelta(days=age // TICKS["d"] + days)
    for age in {*AGES, *(years * TICKS["a"] for years in (10, 18, 33))}
    for days in (-2, -1, 0, 1, 2)
    if age < 120 * TICKS["a"]
)


@pytest.mark.parametrize("marker", CODES)
@pytest.mark.parametrize("strict", [False, True])
def test_of_two_ages_between_the_edges_of_bands_the_same_is_said(
    marker: str,
    strict: bool,  # noqa: FBT001  a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On and beside the first and the last day of every band a form says what the whole reading says."""
    forget(monkeypatch)
    judge = Judge(builtin(), None, None, strict=strict)
    several = [of_the_man(marker, Decimal(value)) for value in (8, 9, 60)]
    adults = [{"age": {"low": {"value": 33, "unit": "a"}}, "low": {"value": 5, "unit": MARKERS[marker].unit}}]
    several += [{**each, "referenceRange": adults} for each in several]
    for sex in ("female", "male", None):
        for born in BORN:
            patient = Patient(sex=sex, born=born)
            for each in several:
                whole = whole_or_refusal(lambda *given: annotated(*given)[0], each, judge, patient, "brief")
                assert whole == whole_or_refusal(partial(fhir.annotate, patient=patient, strict=strict), each)


def whole_or_refusal(call: Callable[..., Any], *given: object) -> str:
    """What comes of it."""
    try:
        return dumps(call(*given))
    except LabsError as error:
        return repr(error)


def test_patients_of_all_ages_have_few_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind is of a band and not of a birthday: what is kept tells nobody's age, and serves everybody in the band."""
    kinds = forget(monkeypatch)
    for days in range(0, 9000, 30):
        patient = Patient(sex="female", born=date(1975, 1, 1) + timedelta(days=days))
        fhir.annotate(of_the_man("ferritin", Decimal(38)), patient=patient)
    assert len(kinds) < 10


def test_what_is_kept_of_forms_is_bounded_and_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many kinds come, few are kept, and none says whose it is; a patient who becomes known is asked anew."""
    kinds = forget(monkeypatch)
    monkeypatch.setattr(forms, "_KEPT", 3)
    monkeypatch.setattr(whose, "_MOST_SEEN", 3)
    lines = [
        json.dumps(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": LOINC, "code": "2276-4"}]},
                "subject": {"reference": f"Patient/secret-{number % 5}"},
                "effectiveDateTime": "2024-05-01",
                "valueQuantity": {"value": 38, "unit": "ng/mL"},
                "referenceRange": [{"low": {"value": number % 7 + 20, "unit": "ng/mL"}}],
            }
        )
        for number in range(80)
    ]
    for _ in fhir.annotate_lines(lines):
        assert len(kinds) <= 3
    assert kinds
    assert "secret" not in repr(kinds)
    man = json.dumps({**KNOWN[0], "id": "secret-0"})
    first, *_, last = fhir.annotate_lines([lines[0], man, lines[0]])
    assert [notice.code for notice in first.judged[0].observed.notices] == ["patient-not-found"]
    assert last.judged[0].observed.notices == ()
    assert last.judged[0].observed.patient == Patient(sex="male", born=date(1950, 1, 1))


names = st.sampled_from(["a", "b", "value", "x:", 'q"', " ", "\\", "é"])
plain = st.recursive(
    st.one_of(st.integers(0, 9), st.sampled_from(['"', ":", '":', '" :', "", " ", "a"]), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(names, plain), st.sampled_from([None, (",", ":"), (" , ", " : "), (",", "\t:")]))
def test_what_is_said_to_be_named_once_is(resource: Json, separators: tuple[str, str] | None) -> None:
    """A text is trusted only where no name was lost in reading; one more name in any object of it is noticed."""
    text = json.dumps(resource, separators=separators)
    more = [
        f"{text[: at + 1]}{name}{separator}1,{text[at + 1 :]}"
        for at, sign in enumerate(text)
        if sign == "{"
        for name in ('"value"', '"a"', '"q\\""')
        for separator in (":", " :", "\n: ")
    ]
    for each in (text, *more):
        try:
            found = json.loads(each)
        except ValueError:
            continue
        if is_named_once(each, names_in([found])):
            assert loads(each) == found  # which refuses a name that stands twice
    assert is_named_once('{"a":{"b":[{"c":1}]}}', 3)
    assert not is_named_once('{"a":1,"a":1}', 1)
    assert not is_named_once('{"a":1,"b" :1,"b":1}', 2)


@given(
    st.dictionaries(st.one_of(names, st.sampled_from(["note", "notes"])), plain),
    st.sampled_from([None, (",", ":"), ("\t, ", "\t: ")]),
)
def test_elements_are_added_where_they_belong_or_not_at_all(resource: Json, separators: tuple[str, str] | None) -> None:
    """A text with more elements reads as the resource with more elements, or there is none."""
    text = json.dumps(resource, separators=separators)
    found = added(text, resource, {"note": '{"text":"\\"1"}', "notes": "", "b": "2,3"})
    if found is not None:
        wished = dict(resource)
        for name, more in (("note", [{"text": '"1'}]), ("b", [2, 3])):
            wished[name] = [*resource.get(name, []), *more]
        assert json.loads(found) == wished


def test_a_name_that_is_spelled_in_another_way_is_not_mistaken() -> None:
    """A list is found by its own name, and not by a value or a name within that is spelled alike."""
    for text in (
        '{"n\\u006fte":[1],"x":{"note":[2]}}',
        '{"note":[1],"x":"note"}',
        '{"note":[1],"x":{"note":[2]}}',
        '{"note":[],"x":1}',
        '{"note":{"a":1},"x":1}',
        '{"note":[1]} ',
        '[{"note":[1]}]',
        '{"note":[1],"x":"\ud800"}',
    ):
        loaded = json.loads(text)
        assert added(text, loaded if isinstance(loaded, dict) else {}, {"note": "3"}) is None
    assert added('{"note" : [ 1 ], "x":"é"}', {"note": [1], "x": "é"}, {"note": "3"}) == '{"note" : [ 1 ,3], "x":"é"}'


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n"])
def test_what_is_annotated_is_one_line(sign: str) -> None:
    """A resource that is spelled over several lines is written as one, the first of a kind and the next."""
    text = json.dumps(of_the_man("ferritin", Decimal(38)), indent=1, default=int).replace("\n", sign)
    for line in fhir.annotate_lines([text, text, text.encode()]):
        assert len(line.text.splitlines()) == 1
        assert dumps(loads(line.text)) == dumps(fhir.annotate(loads(text)))


def test_a_line_is_compared_by_everything_that_it_says() -> None:
    """Lines are the same where number, text, answers and refusal are; how they came about is no part of it."""
    line = json.dumps(of_the_man("ferritin", Decimal(38)), default=int)
    first, again, other = fhir.annotate_lines([line, line, "{}"], patients=PATIENTS)
    assert (first.text, first.judged) == (again.text, again.judged)
    assert first != again
    assert first == fhir.Line(1, again.text, again.judged)
    assert len({first, fhir.Line(1, again.text, again.judged), again}) == 2
    assert first != line
    assert repr(fhir.Line(3, "{}", (), other.issue)) == repr(other)
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301  our own bytes
    with pytest.raises(AttributeError):
        first.text = "{}"  # type: ignore[misc]  # that is what is refused


def assert_as_whole(several: list[Json]) -> None:
    """Hold one after the other by form against each by whole reading, as resources and as lines."""
    judge, nobody = Judge(builtin(), None, None, strict=False), known_of(())
    for found, each in zip([fhir.annotate(each) for each in several], several, strict=True):
        assert dumps(found) == dumps(annotated(each, judge, None, "brief")[0])
    lines = [*map(dumps, several)]
    for line, each in zip(fhir.annotate_lines(lines), map(loads, lines), strict=True):
        assert dumps(loads(line.text)) == dumps(annotated(each, judge, None, "brief", nobody)[0])


def without_unit(value: str) -> Json:
    """A saturation whose unit is told by its size."""
    return {**of_the_man("transferrin_saturation", Decimal(0)), "valueQuantity": {"value": Decimal(value)}}


@pytest.mark.parametrize("values", ["30 0.3 0.1 0.5 0.05 31 90", "0.3 30 10 0.1 20 50 0.31", "1 1.2 1.5 1.6 0.99 0.4"])
def test_a_saturation_without_a_unit_is_held_against_the_limits_of_its_own(
    values: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fraction that comes after percentages, or the other way round, is no value of the same stretch."""
    forget(monkeypatch)
    judge = Judge(builtin(), None, None, strict=False)
    for value in values.split():
        each = without_unit(value)
        assert fhir.annotate(each) == annotated(each, judge, None, "brief")[0]
    assert_as_whole([without_unit(value) for value in values.split() if value not in {"1", "1.2", "1.5"}])
    tenth = fhir.annotate(without_unit("0.1"))
    assert "Transferrin saturation 0.1 (as a fraction) is 0.04 below the standard range" in tenth["note"][0]["text"]


@pytest.mark.parametrize("name", ["interpretation", "referenceRange", "note"])
def test_what_is_said_stands_in_the_place_of_a_list_that_is_null(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Null is nothing, and the second of a kind loses no element by it."""
    forget(monkeypatch)
    several = [{**of_the_man("ferritin", Decimal(value)), name: None} for value in (38, 39, 40)]
    assert_as_whole(several)
    for line in fhir.annotate_lines(map(dumps, several)):
        assert {"interpretation", "referenceRange", "note"} <= {each for each, held in loads(line.text).items() if held}


@pytest.mark.parametrize("text", ["up 38 ng/mL or so", "138 ng/mL ?", "38 ng/mL??", "Female: 38 ng/mL to 400"])
def test_a_printed_range_that_is_quoted_keeps_its_numbers(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it holds the first value, with its unit, the next value does not take its place."""
    forget(monkeypatch)
    several = [
        {**of_the_man("ferritin", Decimal(value)), "referenceRange": [{"text": text}]} for value in (38, 39, 38, 40, 41)
    ]
    assert_as_whole(several)
    assert all(f'"{text}"' in fhir.annotate(each)["note"][0]["text"] for each in several)


@pytest.mark.parametrize(
    "spelled", ["38.10 38 39.100 4E+1 74.0 3.8E+1", "328.0 328 328.00", "75 75.0 7.50E+1", "1.90 1.8 1E+0", "38 -0 0.0"]
)
def test_the_digits_of_the_first_are_not_those_of_the_next(spelled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit keeps its own digits, and so does a value: 178 and not 178.0, because an earlier one had a decimal."""
    forget(monkeypatch)
    assert_as_whole([of_the_man("ferritin", Decimal(each)) for each in spelled.split()])


def of_percent(value: str, **more: str) -> Json:
    """A saturation in percent."""
    quantity = {"value": Decimal(value), "unit": "%", **more}
    return {**of_the_man("transferrin_saturation", Decimal(0)), "valueQuantity": quantity}


def test_nothing_is_told_by_its_form_that_is_not_a_plain_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minus zero is told as zero, and at most zero as at most zero, whatever came before."""
    forget(monkeypatch)
    several = [of_percent("0"), of_percent("-0"), of_percent("0.0"), of_percent("-0.0")]
    assert_as_whole([*several, *(of_percent(value, comparator="<=") for value in ("0", "0.0", "5", "0"))])
    told = fhir.annotate(of_percent("0", comparator="<="))["note"][0]["text"]
    assert told.startswith("Transferrin saturation <=0 % is 14 percentage points below the standard range")
    assert "<=0 % could be a fraction with the wrong unit" in told


@pytest.mark.parametrize("value", ["1E+999999999999999999", "-1E+999999999", "1E-999999999", "0E+999999999"])
def test_a_number_of_a_size_without_end_is_refused_before_it_is_written_out(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes neither memory nor time, and the stream goes on behind it."""
    forget(monkeypatch)
    line = dumps(of_the_man("ferritin", Decimal(38)))
    tracemalloc.start()
    first, refused, last = fhir.annotate_lines([line, line.replace(":38,", f":{value},"), line])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [each.issue for each in refused.judged] != [None]
    assert first.text == last.text
    assert most < 10_000_000


def test_numbers_and_references_without_end_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is small, however long the numbers of a printed range or the name of a patient are."""
    kinds = forget(monkeypatch)
    each = of_the_man("ferritin", Decimal(38))
    for beside_numbers in (10**20, -(10**20)):
        fhir.annotate({**each, "referenceRange": [{"text": "20-300", "extension": [beside_numbers]}]})
        assert not kinds
    fhir.annotate({**each, "referenceRange": [{"text": "20-300", "extension": [10**18]}]})
    assert kinds
    line = dumps(each)
    stream = fhir.annotate_lines(line.replace("/man", f"/{'x' * 50_000}{number}") for number in range(200))
    tracemalloc.start()
    kept = [tracemalloc.get_traced_memory()[0] for _ in stream]
    tracemalloc.stop()
    assert kept[-1] < kept[10] + 1_000_000


def test_the_answers_of_a_line_may_be_asked_for_at_once_and_elsewhere() -> None:
    """By another thread just before, or in another process; nothing of other patients goes there."""
    line = dumps(of_the_man("ferritin", Decimal(38)))
    _, whole = fhir.annotate_lines([line, line], patients=[*PATIENTS, '{"resourceType":"Patient","id":"secret"}'])
    sent = pickle.dumps(whole)
    assert b"secret" not in sent
    assert pickle.loads(sent) == whole  # noqa: S301  our own bytes

    class Late:
        """Is put together by somebody else between the look at it and the call."""

        @property
        def __class__(self) -> type[Late]:
            asked.append("the look")
            if len(asked) == 1:
                assert late.judged == whole.judged
            return Late

        @__class__.setter
        def __class__(self, _: object) -> None: ...

        def __call__(self) -> Answers:
            return whole.judged

    asked: list[str] = []
    late = fhir.Line(1, line, Late())
    assert late.judged == whole.judged
    assert asked


def test_a_number_that_may_mean_the_value_is_not_taken_for_a_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the words hold the value's number for another reason, the next value is read whole, and told its own."""
    kinds = forget(monkeypatch)
    status = {"status": "preliminary", "method": None, "specimen": {"reference": "Specimen/38"}}
    printed = {"referenceRange": [{"text": "38 of 100"}]}
    for value in (38, 39, 38, 40):
        each = {**of_the_man("ferritin", Decimal(value)), **status, **printed}
        new = fhir.annotate(each)
        assert f"Ferritin {value} ng/mL is" in new["note"][0]["text"]
        assert "38 of 100" in new["note"][0]["text"]
        assert dumps(new) == dumps(annotated(each, Judge(builtin(), None, None, strict=False), None, "brief")[0])
    assert kinds


def test_a_line_of_several_resources_is_written_anew_and_twice_is_as_once() -> None:
    """A list, or a result that is none any more, has no one object to which elements were added."""
    two = [of_the_man("ferritin", Decimal(38)), of_the_man("iron", Decimal(60))]
    marked = {**fhir.annotate(two[0]), "code": {"coding": [{"system": LOINC, "code": "2951-2"}]}}
    (line,) = fhir.annotate_lines([dumps(two)], patients=PATIENTS)
    assert len(line.judged) == len(loads(line.text)) == 2
    (again,) = fhir.annotate_lines([line.text], patients=PATIENTS)
    assert again.text == line.text
    (bare,) = fhir.annotate_lines([dumps(marked)], patients=PATIENTS)
    assert loads(bare.text) == {**two[0], "code": marked["code"]}


@pytest.mark.parametrize(
    ("value", "printed", "place"),
    [
        (3, [{"text": "<150"}], None),
        (3, [{"low": {"value": 0, "unit": "ng/mL"}, "high": {"value": 150, "unit": "ng/mL"}}], None),
        (3, [{"low": {"value": 2, "unit": "ng/mL"}, "high": {"value": 150, "unit": "ng/mL"}}], "standard-within"),
        (60, [{"text": "<150"}], "standard-within"),
        (700, [{"text": ">15"}], None),
    ],
)
def test_no_code_of_normality_is_told_by_a_range_that_is_open_on_this_side(
    value: int, printed: list[Json], place: str | None
) -> None:
    """The note says why; the optimal place stands alone, in the first of a kind and in the next, also in a report."""
    one = {**of_the_man("ferritin", Decimal(value)), "referenceRange": printed}
    for new in (fhir.annotate(one), fhir.annotate(one), *fhir.report(one)["contained"]):
        if new["resourceType"] != "Observation":
            continue
        codes = {coding["code"] for concept in new["interpretation"] for coding in concept["coding"]}
        assert ("N" in codes) == (place is not None)
        assert {each for each in codes if each.startswith("standard")} == ({place} if place else set())
        assert any(each.startswith("optimal") for each in codes)
        assert ("has no usable" in new["note"][0]["text"]) == (place is None)


def test_a_set_that_is_none_is_refused_though_the_form_is_known() -> None:
    """Of whatever type it is."""
    one = of_the_man("ferritin", Decimal(38))
    fhir.annotate(one)
    for name in (["general"], "no-such-set", 5):
        with pytest.raises(UnknownSetError):
            fhir.annotate(one, standard=name)  # type: ignore[arg-type]  # that is what is refused


def test_lines_after_the_first_of_a_kind_are_told_by_its_form_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside elements that are read each time, with names of their own; nothing of them is read whole again."""
    forget(monkeypatch)
    more = {"meta": {"profile": ["x"], "tag": [{"code": "a"}]}, "identifier": [{"value": "1"}], "issued": "2024-05-01"}
    first, *others = [dumps({**of_the_man("ferritin", Decimal(value)), **more}) for value in (30, 31, 40, 74, 73)]
    (whole,) = fhir.annotate_lines([first], patients=PATIENTS)

    def never(*_given: object, **_named: object) -> None:
        message = "it was read whole"
        raise AssertionError(message)

    monkeypatch.setattr(lines_module, "annotated", never)
    told = list(fhir.annotate_lines(others, patients=PATIENTS))
    for line, value in zip(told, (31, 40, 74, 73), strict=True):
        expected = whole.text.replace(":30,", f":{value},").replace("Ferritin 30", f"Ferritin {value}")
        assert loads(line.text) == loads(expected.replace("45 ng/mL below", f"{75 - value} ng/mL below"))


def test_a_full_note_is_written_each_time() -> None:
    """It is no form, because everything in it may hang on the value."""
    for value in (30, 31, 30, 30):
        (note,) = fhir.annotate(of_the_man("ferritin", Decimal(value)), notes="full")["note"]
        assert f"Ferritin {value} ng/mL is within" in note["text"]
        assert "Sources" in note["text"]


def test_what_has_to_be_looked_up_is_read_whole() -> None:
    """A contained patient or specimen, and a note of ours, after the kind is known by heart."""
    one = of_the_man("ferritin", Decimal(30))
    marked = fhir.annotate(one)
    assert fhir.annotate(one) == fhir.annotate(marked) == fhir.annotate({**one, "note": marked["note"]}) == marked
    child = {"resourceType": "Patient", "id": "c", "gender": "male", "birthDate": "2016-01-01"}
    inside = fhir.annotate({**one, "subject": {"reference": "#c"}, "contained": [child]})
    assert "boys 6 months-9 years" in str(inside["referenceRange"])
    for specimen in ({"display": "urine"}, [{"reference": "Specimen/s"}, {"display": "urine"}]):
        (refused,) = fhir.judge({**one, "specimen": specimen})
        assert fhir.annotate({**one, "specimen": specimen}).keys() == {*one, "specimen"} or refused.issue is None
