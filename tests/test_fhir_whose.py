"""Whose an Observation is, as far as its form hangs on it: what is told by a form, and what is read whole."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rlslabs import LabsError, Patient, fhir
from rlslabs.catalog import builtin
from rlslabs.fhir import forms, whose
from rlslabs.fhir.annotating import annotated
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.lines import known_of
from rlslabs.fhir.whose import Subjects
from tests.test_fhir_forms import HL7, KNOWN, PATIENTS, Json, forget, of_the_man

NOBODY = known_of(())
MAN = Patient(sex="male", born=date(1950, 2, 3))


def ferritin(value: str = "38", **fields: object) -> Json:
    """A ferritin of Patient/man, with other fields."""
    return {**of_the_man("ferritin", Decimal(value)), **fields}


def asker(patient: Patient | None = None, *, strict: bool = False, **more: Any) -> forms.Forms:  # noqa: ANN401  what is known
    """Forms for one patient, and what is known from elsewhere."""
    return forms.Forms(builtin(), forms.Chosen(None, None, strict=strict, notes="brief"), patient, more.get("beyond"))


def key(resource: Json, patient: Patient | None = None, *, strict: bool = False, **more: Any) -> object:  # noqa: ANN401  the same
    """What tells the kind of an Observation."""
    asked = asker(patient, strict=strict, **more).ask(resource)
    assert asked is not None
    return asked.key


@pytest.fixture(autouse=True)
def known_kind(monkeypatch: pytest.MonkeyPatch) -> dict[object, object]:
    """The kind is known from its first result; nothing of before is."""
    kinds = forget(monkeypatch)
    fhir.annotate(ferritin())
    assert kinds
    return kinds


@pytest.mark.parametrize(
    "fields",
    [
        {"effectivePeriod": {"start": "2024-05-01"}},
        {"effectiveInstant": "2024-05-01T08:00:00Z"},
        {"focus": [{"reference": "Patient/baby"}]},
        {"subject": {"reference": "Patient/man", "display": "a man"}},
        {"subject": [{"reference": "Patient/man"}]},
        {"subject": None},
        {"subject": {"reference": 5}},
        {"effectiveDateTime": None},
        {"effectiveDateTime": 2024},
        {"effectiveDateTime": "2024-05"},
        {"effectiveDateTime": "20240501"},
        {"effectiveDateTime": " 2024-05-01"},
        {"effectiveDateTime": "2024-5-1"},
        {"effectiveDateTime": "tomorrow"},
        {"subject": {"reference": "Patient/a b"}},
        {"subject": {"reference": "Patient/man/_history/1"}},
        {"subject": {"reference": "Group/man"}},
        {"contained": []},
        {"specimen": {"display": "urine"}},
        {"note": "by hand"},
        {"note": [{"authorString": "rlslabs", "text": "ours"}, {"text": "by hand"}]},
    ],
    ids=repr,
)
def test_whatever_else_may_say_whose_or_when_it_is_is_read_whole(fields: Json) -> None:
    """Only a plain reference, an exact day, and nothing to be looked up are told by a form."""
    plain, odd = ferritin(), {name: part for name, part in ferritin(**fields).items() if part is not None}
    assert (known := asker(MAN).ask(plain)) is not None
    assert known.form is None  # of this patient it is not known yet; of nobody it is
    assert (known := asker().ask(plain)) is not None
    assert known.form is not None
    asked = asker().ask(odd)
    whole = Judge(builtin(), None, None, strict=False)
    if "note" not in fields or isinstance(fields["note"], str):
        assert asked is None or asked.form is None
    try:
        assert fhir.annotate(odd) == annotated(odd, whole, None, "brief")[0]
    except LabsError:
        with pytest.raises(LabsError):
            annotated(odd, whole, None, "brief")


@pytest.mark.parametrize(
    "resource", [[], None, "text", {"resourceType": "Patient"}, {}, {**ferritin(), "resourceType": "Media"}]
)
def test_what_is_no_observation_has_no_form(resource: object) -> None:
    """It is passed on to whoever reads it whole."""
    assert asker().ask(resource) is None


def test_a_kind_is_of_everything_that_is_known_of_the_patient() -> None:
    """Each fact on which words or places hang makes another kind; where in a band an age lies makes none."""
    people = [
        None,
        Patient(),
        Patient(sex="male", age=34),
        Patient(sex="female", age=34),
        Patient(sex="female", age=34, pregnant=False),
        Patient(sex="female", age=34, pregnant=True),
        Patient(sex="male", born=date(1990, 1, 1)),
        Patient(sex="male", age=10),
    ]
    kinds = [key(ferritin(), patient) for patient in people]
    assert len({*kinds}) == len(people)
    assert key(ferritin(), Patient(sex="male", age=34)) == key(ferritin(), Patient(sex="male", age=36))
    assert key(ferritin(), strict=True) != key(ferritin())
    assert key(ferritin()) == key(ferritin(subject={"reference": "Patient/another"}))


def test_a_kind_is_of_what_is_known_from_elsewhere() -> None:
    """That a patient is not at hand is said, so it is another kind; and so is a pregnancy at the day of collection."""
    beyond = known_of(PATIENTS)
    man, nobody = ferritin(), ferritin(subject={"reference": "Patient/nobody"})
    mother, later = (
        ferritin(subject={"reference": "Patient/mother"}, effectiveDateTime=day) for day in ("2024-05-01", "2025-05-01")
    )
    undated = {name: part for name, part in man.items() if name != "effectiveDateTime"}
    girl = ferritin(subject={"reference": "Patient/girl"})
    kinds = [key(each, beyond=beyond) for each in (man, nobody, girl)]
    assert len({*kinds}) == len(kinds)
    asked = asker(beyond=beyond).ask(undated)
    assert asked is None or asked.key not in kinds
    assert key(man, strict=True, beyond=beyond) not in kinds
    year = ferritin(subject={"reference": "Patient/born-that-year"})
    whole = Judge(builtin(), None, None, strict=False)
    for each in (man, nobody, girl, mother, later, undated, year):
        for _ in range(2):  # by whole reading, and then by what was kept of it
            (line,) = fhir.annotate_lines([json.dumps(each, default=int)], patients=PATIENTS)
            assert (
                json.loads(line.text)
                == annotated(json.loads(json.dumps(each, default=int)), whole, None, "brief", beyond)[0]
            )


def test_a_kind_is_of_what_is_said_of_the_patient_and_of_the_facts_that_were_given() -> None:
    """A record that was withdrawn is told from one that is not at hand; an unknown pregnancy from none."""
    beyond, given = known_of(PATIENTS), Patient(sex="male", age=34)
    lost, withdrawn = (ferritin(subject={"reference": f"Patient/{name}"}) for name in ("nobody", "withdrawn"))
    assert key(lost, given, beyond=beyond) != key(withdrawn, given, beyond=beyond)
    unknown, none = (Patient(sex="female", age=34, pregnant=said) for said in (None, False))
    assert key(lost, unknown, beyond=beyond) != key(lost, none, beyond=beyond)
    born = Patient(sex="male", born=date(1990, 1, 1))
    undated = {name: part for name, part in lost.items() if name != "effectiveDateTime"}
    asked = asker(born, beyond=beyond).ask(undated)
    assert asked is None or asked.key != key(lost, born, beyond=beyond)


def test_ages_at_hand_are_held_against_the_ages_of_printed_ranges() -> None:
    """A range that is meant for some ages makes a kind of one age, also of patients who are known from elsewhere."""
    people = [json.dumps({**KNOWN[0], "id": f"m{year}", "birthDate": f"{year}-01-01"}) for year in (1990, 1989)]
    beyond = known_of(people)
    aged: Json = {
        "referenceRange": [{"age": {"low": {"value": 33, "unit": "a"}}, "low": {"value": 5, "unit": "ng/mL"}}]
    }
    for fields, alike in ((aged, False), ({}, True)):
        fhir.annotate(ferritin(**fields))
        results = (ferritin(subject={"reference": f"Patient/m{year}"}, **fields) for year in (1990, 1989))
        one, other = (key(each, beyond=beyond) for each in results)
        assert (one == other) == alike


def test_an_open_fact_has_no_form_though_one_case_is_asked() -> None:
    """Of more than five possible ages one case is asked, strictly; the age is open, and no form says it."""
    subjects = Subjects(builtin(), None, known_of(PATIENTS), strict=False)
    long = {**ferritin(), "effectivePeriod": {"start": "2000-01-01", "end": "2024-01-01"}}
    del long["effectiveDateTime"]
    seen, found = subjects.of(long)
    assert seen is not None
    assert (len(seen.person.cases), seen.person.facts, found) == (1, ("age",), None)
    assert subjects.of(ferritin())[1] is not None


def test_nobody_in_particular_is_of_the_one_resource() -> None:
    """A subject without a reference is told from everybody else's."""
    subjects = Subjects(builtin(), None, known_of(PATIENTS), strict=False)
    seen, _ = subjects.of(ferritin(subject={"display": "a man"}))
    assert seen is not None
    assert seen.person.subject.person.startswith("?")


def test_several_possible_patients_have_no_form() -> None:
    """Two people by one id: nobody knows whose it is, and no form says it."""
    two = [*PATIENTS, json.dumps({**KNOWN[0], "gender": "female"})]
    asked = asker(beyond=known_of(two)).ask(ferritin())
    assert asked is None or asked.form is None
    assert asker(beyond=known_of(PATIENTS)).ask(ferritin(subject={"reference": "Patient/born-that-year"})) is None


def test_who_somebody_is_is_asked_once_for_a_patient_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And kept for few, of short names alone; told that more is known, it is asked anew."""
    monkeypatch.setattr(whose, "_MOST_SEEN", 2)
    subjects = Subjects(builtin(), None, known_of(PATIENTS), strict=False)
    first = subjects.of(ferritin())
    assert subjects.of(ferritin("39")) is first
    assert subjects.of(ferritin(effectiveDateTime="2024-05-02")) is not first
    assert subjects.of(ferritin()) is first
    subjects.of(ferritin(subject={"reference": "Patient/girl"}))  # the third: what was kept is let go
    assert subjects.of(ferritin()) is not first
    again = subjects.of(ferritin())
    assert subjects.of(ferritin()) is again
    subjects.forget()
    assert subjects.of(ferritin()) is not again
    for length, kept in ((200, True), (201, False)):
        long = ferritin(subject={"reference": "Patient/".ljust(length, "x")})
        assert (subjects.of(long) is subjects.of(long)) == kept
    odd = {**ferritin(), "effectiveInstant": "2024-05-01T08:00:00Z"}
    del odd["effectiveDateTime"]
    assert subjects.of(odd) is not subjects.of(odd)


def test_the_day_of_a_form_is_the_day_of_the_result() -> None:
    """The patient who was given is as old as on the day of collection: 17 and then 18."""
    child = Patient(sex="male", born=date(2006, 5, 2))
    whole = Judge(builtin(), None, None, strict=False)
    for day in ("2024-05-01", "2024-05-02", "2024-05-01", "2024-05-02"):
        each = ferritin(effectiveDateTime=day)
        assert fhir.annotate(each, patient=child) == annotated(each, whole, child, "brief")[0]
    known = known_of([json.dumps({**KNOWN[0], "birthDate": "2006-05-02"})])
    kinds = [key(ferritin(effectiveDateTime=day), beyond=known) for day in ("2024-05-01", "2024-05-02")]
    assert kinds[0] != kinds[1]


# ---------------------------------------------------------------- what a form says, and of which values


def learned(*values: str, patient: Patient | None = MAN, notes: str = "brief", **fields: object) -> forms.Forms:
    """Forms that were taught by results with these values."""
    found = forms.Forms(builtin(), forms.Chosen(None, None, strict=False, notes=notes), patient)
    for value in values:
        each = ferritin(value, **fields)
        found.learn(each, annotated(each, Judge(builtin(), None, None, strict=False), patient, "brief")[1])
    return found


def form_of(found: forms.Forms, value: str, **fields: object) -> forms.Form | None:
    """The form that is known for a value."""
    asked = found.ask(ferritin(value, **fields))
    return None if asked is None else asked.form


def test_a_form_is_of_the_values_up_to_the_next_limit() -> None:
    """And a limit itself is a stretch of its own, with a form of its own."""
    found = learned("38")
    for value in ("38", "39", "49", "31", "38.5"):
        assert form_of(found, value) is not None, value
    for value in ("12", "20", "75", "74.99999", "76", "150", "151", "409", "410", "5000", "0", "1"):
        assert (form_of(found, value) is None) == (value != "74.99999"), value
    found.learn(ferritin("75"), annotated(ferritin("75"), Judge(builtin(), None, None, strict=False), MAN, "brief")[1])
    assert form_of(found, "75") is not None
    assert form_of(found, "76") is None
    stretches = [found.ask(ferritin(value)) for value in ("74", "75", "76")]
    numbers = [each.kind.stretch(each.number) for each in stretches if each is not None and each.kind is not None]
    assert numbers[1] == numbers[0] + 1 == numbers[2] - 1
    edges = next(each.kind.edges for each in stretches if each is not None and each.kind is not None)
    assert [forms.Kind(edges, "ng/mL", 0, {}).stretch(each) for each in edges] == [
        2 * index + 1 for index in range(len(edges))
    ]


@pytest.mark.parametrize(
    ("value", "known"),
    [
        *(("123456789012", True), ("1234567890123", False), ("0.1234567890", True), ("0.12345678901", False)),
        *(("1E+11", True), ("1E+12", False), ("1E-11", False), ("-38", False), ("1E+999999999", False)),
    ],
)
def test_only_numbers_of_few_digits_are_looked_up(value: str, *, known: bool) -> None:
    """A limit has no more than twelve; a number is measured before it is written out."""
    assert (learned("38").ask(ferritin(value)) is not None) == known


@pytest.mark.parametrize("value", ["38", True, None, float("nan"), [38]])
def test_what_is_no_number_has_no_form(value: object) -> None:
    """It is refused by whoever reads it whole."""
    each = ferritin()
    assert learned("38").ask({**each, "valueQuantity": {**each["valueQuantity"], "value": value}}) is None


def test_a_text_that_quotes_the_number_of_the_value_keeps_it() -> None:
    """A number stands for itself where digits or a point are beside it, and else may mean the value."""
    for text, says in (
        ("38", True),
        ("up to 38 ng/mL", True),
        ("(38)", True),
        ("138", False),
        ("381", False),
        ("38.5", False),
        ("0.38", False),
        ("3.8", False),
        ("at 138 and 38", True),
        ("", False),
    ):
        assert forms._says(text, Decimal(38)) == says, text  # noqa: SLF001  the rule itself
    quoted: Json = {"referenceRange": [{"text": "38 of 100"}]}
    assert form_of(learned("38", **quoted), "39", **quoted) is None
    assert form_of(learned("39", **quoted), "40", **quoted) is not None


def test_nothing_is_learned_of_what_is_no_first_of_a_kind() -> None:
    """Of several answers, a full note, what is marked already, or what is no Observation nothing is kept."""
    judge = Judge(builtin(), None, None, strict=False)
    each = ferritin()
    new, answers = annotated(each, judge, MAN, "brief")
    for resource, told in ((each, [*answers, *answers]), (each, []), ([each], answers), (new, answers)):
        found = learned()
        found.learn(resource, told)
        assert form_of(found, "38") is None
    assert form_of(learned("38", notes="full"), "38") is None
    assert form_of(learned("38", notes="none"), "38") is not None


def test_few_kinds_are_kept_and_none_is_learned_twice(
    monkeypatch: pytest.MonkeyPatch, known_kind: dict[object, object]
) -> None:
    """The oldest go all at once; a form that is known stays the same object."""
    monkeypatch.setattr(forms, "_KEPT", 3)
    known_kind.clear()
    found = learned("38")
    first = form_of(found, "38")
    learned("38")
    assert form_of(found, "38") is first
    for count, low in enumerate(("21", "22", "23"), 2):
        learned("38", referenceRange=[{"low": {"value": int(low), "unit": "ng/mL"}}])
        assert len(known_kind) == (count if count <= 3 else 1)


def test_a_form_writes_what_the_laboratory_did_not() -> None:
    """Of a value that is flagged already only our own place is added, in a resource and in its text."""
    for code in ("N", "L", "A", "D"):
        flags = [{"coding": [{"system": HL7, "code": code}]}]
        judge = Judge(builtin(), None, None, strict=False)
        for value in ("38", "39", "40"):
            each = ferritin(value, interpretation=flags)
            assert fhir.annotate(each, patient=MAN) == annotated(each, judge, MAN, "brief")[0]
        (one, two) = fhir.annotate_lines(
            [json.dumps(ferritin(v, interpretation=flags), default=int) for v in ("41", "42")], patient=MAN
        )
        assert json.loads(two.text.replace("42", "41").replace("33 ng", "34 ng")) == json.loads(one.text)


def test_the_ages_of_printed_ranges_are_held_against_the_age_itself() -> None:
    """Where one is meant for some ages, a kind is of one age and not of a band; where it is for a sex, of a band."""
    aged: Json = {
        "referenceRange": [{"age": {"low": {"value": 33, "unit": "a"}}, "low": {"value": 5, "unit": "ng/mL"}}]
    }
    sexed: Json = {"referenceRange": [{"appliesTo": [{"text": "men"}], "low": {"value": 5, "unit": "ng/mL"}}]}
    for fields, alike in ((aged, False), (sexed, True), ({}, True)):
        fhir.annotate(ferritin(**fields))
        one, other = (key(ferritin(**fields), Patient(sex="male", age=age)) for age in (34, 35))
        assert (one == other) == alike


def test_sets_that_are_chosen_are_those_of_the_form() -> None:
    """Both of them: their limits are the edges, and their words are written."""
    judge = Judge(builtin(), "mayo", None, strict=False)
    for value in ("38", "30.5", "31", "32", "30"):
        each = ferritin(value)
        assert fhir.annotate(each, patient=MAN, standard="mayo") == annotated(each, judge, MAN, "brief")[0]
    found = forms.Forms(builtin(), forms.Chosen("mayo", None, strict=False, notes="brief"), MAN)
    asked = found.ask(ferritin("40"))
    assert asked is not None
    assert asked.kind is not None
    assert Decimal(31) in asked.kind.edges
    assert Decimal(20) not in asked.kind.edges
    assert found.judge.standard == "mayo"


def test_the_answer_of_a_form_is_the_answer_of_the_result() -> None:
    """Its test, value, day and patient, with patients from elsewhere and without."""
    judge = Judge(builtin(), None, None, strict=False)
    for beyond in (None, known_of(PATIENTS)):
        found = forms.Forms(builtin(), forms.Chosen(None, None, strict=False, notes="brief"), MAN, beyond)
        first = ferritin("38")
        found.learn(first, annotated(first, judge, MAN, "brief", beyond)[1])
        second = ferritin("44", effectiveDateTime="2023-02-01")
        asked = found.ask(second)
        assert asked is not None
        assert asked.form is not None
        assert (asked.seen is None) == (beyond is None)
        assert repr(found.judged(asked, second)) == repr(tuple(annotated(second, judge, MAN, "brief", beyond)[1]))
        apart = {"meta": {"a": {"b": 1}}, "id": "x"}
        assert asked.names({**second, **apart}) - asked.names(second) == 4


def test_a_form_that_is_known_stays_beside_the_next() -> None:
    """Another stretch of the same kind takes nothing from it."""
    judge = Judge(builtin(), None, None, strict=False)
    found = learned("38")
    for value in ("75", "200"):
        found.learn(ferritin(value), annotated(ferritin(value), judge, MAN, "brief")[1])
    assert all(form_of(found, value) is not None for value in ("38", "75", "200"))


def test_the_ends_of_a_printed_range_are_edges() -> None:
    """One or both, with the limits of the sets and of plausibility, in the digits in which they are written too."""
    for own, ends in (({"low": 21, "high": 310}, {21, 310}), ({"low": 21}, {21}), ({"high": 310}, {310})):
        quantities = {name: {"value": end, "unit": "ng/mL"} for name, end in own.items()}
        fields: Json = {"referenceRange": [quantities]}
        asked = learned("38", **fields).ask(ferritin("38", **fields))
        assert asked is not None
        assert asked.kind is not None
        assert {*map(Decimal, ends)} <= {*asked.kind.edges}
        assert {*map(Decimal, (2, 10000, 800000, 20, 75, 150, 409))} <= {*asked.kind.edges}


def test_a_range_for_people_who_cannot_be_told_is_no_failure() -> None:
    """It is not used, and what is known of it is kept all the same."""
    fields: Json = {"referenceRange": [{"appliesTo": [{"text": "martians"}], "low": {"value": 5, "unit": "ng/mL"}}]}
    judge = Judge(builtin(), None, None, strict=False)
    for value in ("38", "39", "40"):
        each = ferritin(value, **fields)
        assert fhir.annotate(each, patient=MAN) == annotated(each, judge, MAN, "brief")[0]


def test_what_is_marked_teaches_nothing_and_notes_of_others_hinder_nothing() -> None:
    """Marks without a note are ours as well; ours beside another's note is ours."""
    judge = Judge(builtin(), None, None, strict=False)
    marked, answers = annotated(ferritin(), judge, MAN, "none")
    found = learned(notes="none")
    found.learn(marked, answers)
    assert form_of(found, "38") is None
    known, theirs = learned("38"), {"text": "taken in the morning"}
    assert form_of(known, "38", note=[theirs]) is not None
    ours = annotated(ferritin(), judge, MAN, "brief")[0]["note"]
    for notes in ([*ours, theirs], [theirs, *ours], ours):
        assert known.ask(ferritin(note=notes)) is None
    assert known.ask(ferritin(note=[theirs])) is not None


def test_what_is_marked_is_never_marked_twice() -> None:
    """Without a note it looks like any other result, and is read whole each time."""
    for patient in (MAN, None):
        marked = fhir.annotate(ferritin(), patient=patient, notes="none")
        for _ in range(3):
            assert fhir.annotate(marked, patient=patient, notes="none") == marked


@pytest.mark.parametrize("name", ['"interpretation" : ', '"interpretation":  '])
def test_a_list_that_is_none_keeps_the_spelling_of_the_line(name: str) -> None:
    """What stands in place of a list is left, and the rest is added behind it; by its form as by whole reading."""
    line = f'{{ {name}"H",{json.dumps(ferritin(), default=int)[1:]}'
    first, second = fhir.annotate_lines([line, line.replace("38", "39")], patient=MAN)
    assert second.text.startswith(line.replace("38", "39")[:-1])
    assert first.text.startswith(line[:-1])
    assert json.loads(second.text)["interpretation"] == "H"
    assert "referenceRange" in json.loads(second.text)
