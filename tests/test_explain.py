"""Every explanation: which sources it cites, what it admits, and how it speaks to a clinician and to a patient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, Explanation, Interpretation, LabsError, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import AmbiguousUnitError, ImplausibleValueError, WrongTypeError
from rlslabs.explain import explain, placed
from rlslabs.explanation import Marks
from rlslabs.interpretation import Answer
from rlslabs.limits import table

Audience = Literal["clinician", "patient"]
Sex = Literal["female", "male"]

CATALOG = builtin()
AUDIENCES: tuple[Audience, ...] = ("clinician", "patient")
POSITIONS = ("below", "within", "above", "undecided", "no-range")
DECIDED = {"below", "within", "above"}
UNITS = [(marker.id, each.ucum) for marker in CATALOG.markers.values() for each in marker.accepts]
STANDARDS = [each.id for each in CATALOG.sets.values() if each.kind == "standard"]
UNGUIDED = ("iron", "tibc", "vitamin_b12", "vitamin_d")
MARKS = re.compile(r"\[(\d+)\]")
WORD = re.compile(r"[A-Za-z0-9]+")
ADVICE = re.compile(r"\b(?:should|supplements?|doses?|takes?|treats?)\b", re.IGNORECASE)

each_audience = pytest.mark.parametrize("audience", AUDIENCES)


class Person(TypedDict, total=False):
    """What a caller says of the patient."""

    sex: Sex | None
    age: int | str | None
    pregnant: bool | None


class Spot(NamedTuple):
    """A marker, and where a result of it shall stand against the standard and the optimal range."""

    marker: str
    standard: str
    optimal: str


SPOTS = [Spot(*each) for each in product(CATALOG.markers, POSITIONS, POSITIONS)]
each_spot = pytest.mark.parametrize("spot", SPOTS, ids=lambda spot: f"{spot.marker}-{spot.standard}-{spot.optimal}")


@cache
def optimal_limits(marker: str, unit: str) -> tuple[Decimal, Decimal]:
    """The limits of the optimal range in a unit."""
    (one,) = table(CATALOG, marker, unit).sets["healers-rls-protocol"]
    assert one.cut.low is not None
    assert one.cut.high is not None
    return one.cut.low, one.cut.high


@cache
def values(marker: str, unit: str) -> st.SearchStrategy[Decimal]:
    """Values on, near and away from the limits of every set."""
    cuts = [each.cut for ranges in table(CATALOG, marker, unit).sets.values() for each in ranges]
    limits = sorted({end for each in cuts for end in (each.low, each.high) if end is not None})
    near = st.builds(
        lambda limit, share: limit + limit * share / 1000, st.sampled_from(limits), st.sampled_from((-1, 0, 1))
    )
    anywhere = st.builds(lambda share: round(limits[-1] * share, 4), st.decimals("0.02", "1.5", places=3))
    return st.one_of(near, anywhere).filter(lambda value: value > limits[0] * 3 / 4)


@st.composite
def answers(draw: st.DrawFn) -> Interpretation:
    """Answers of every form, against any set or a printed range, sane or not."""
    marker, unit = draw(st.sampled_from(UNITS))
    numbers = values(marker, unit)
    one, two = sorted((draw(numbers), draw(numbers)))
    three, four = sorted((draw(numbers), draw(numbers)))
    own = draw(st.sampled_from((None, None, "{0}-{1}", "<{1}", ">={0}", "{1}-{0}", "see note", "{0}-{1} mg/dL")))
    sex: Sex | None = draw(st.sampled_from((None, "female", "male")))
    pregnant = draw(st.sampled_from((None, False, True)))
    form = draw(st.sampled_from(("{0}", "{0}", "{0}", "<{0}", "<={0}", ">{0}", ">={0}", "{0}-{1}")))
    try:
        return interpret(
            marker,
            form.format(f"{one:f}", f"{two:f}"),
            unit,
            sex=sex,
            age=draw(st.sampled_from((None, "8 mo", 5, 40, 70))),
            pregnant=None if sex == "male" and pregnant else pregnant,
            range=None if own is None else own.format(f"{three:f}", f"{four:f}"),
            decimal_mark=".",
            standard=draw(st.sampled_from(STANDARDS)),
            strict=draw(st.booleans()),
        )
    except (AmbiguousUnitError, ImplausibleValueError):
        assume(False)  # noqa: FBT003  the way in which Hypothesis is told to draw again
        raise


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Our catalog and a standard set beside it that holds no range at all."""
    folder = tmp_path_factory.mktemp("bare")
    text = '[bare]\nkind = "standard"\nname = "standard range of nobody"\nnote = "It is empty."\n'
    Path(folder, "sets.toml").write_text(text, encoding="utf-8")
    return Catalog.load(folder)


def reached(spot: Spot, bare: Catalog) -> Interpretation:
    """A result that stands where it shall: its place is chosen by its value, by a printed range, or by the patient."""
    unit = CATALOG.markers[spot.marker].unit
    low, high = optimal_limits(spot.marker, unit)
    middles = {"below": low * 3 / 4, "above": high * 3 / 2, "undecided": low}
    middle = middles.get(spot.optimal, (low + high) / 2)
    first, last = middle * 99 / 100, middle * 101 / 100
    printed = {
        "below": (last * 21 / 20, last * 23 / 20),
        "within": (first * 9 / 10, last * 11 / 10),
        "above": (first * 17 / 20, first * 19 / 20),
        "undecided": (middle, last * 11 / 10),
    }
    it = interpret(
        spot.marker,
        f"{first:.4f}-{last:.4f}",
        unit,
        age=40,
        sex="female",
        pregnant=spot.optimal == "no-range",
        range=printed.get(spot.standard),
        standard="bare" if spot.standard == "no-range" else None,
        catalog=bare,
        decimal_mark=".",
    )
    assert (it.standard.position, it.optimal.position) == (spot.standard, spot.optimal)
    return it


def sentences(it: Interpretation, audience: Audience, about: str) -> list[str]:
    """The sentences about one thing."""
    return [each.text for each in it.explain(audience).sentences if each.about == about]


def marks(text: str) -> list[int]:
    """The numbers of the source marks in a text, in order."""
    return [int(number) for number in MARKS.findall(text)]


# ---------------------------------------------------------------- sources


@each_audience
@given(it=answers())
@settings(max_examples=120, deadline=None)
def test_every_mark_is_a_listed_source_and_every_listed_source_is_cited(audience: Audience, it: Interpretation) -> None:
    """The marks count the sources in the order in which they are first cited, each once, with none left over."""
    told = it.explain(audience)
    first = list(dict.fromkeys(marks(told.text)))
    assert first == list(range(1, len(told.sources) + 1))
    assert len({source.id for source in told.sources}) == len(told.sources)
    assert str(told).endswith("\n".join(f"[{n}] {each.citation}" for n, each in enumerate(told.sources, 1)))


@each_audience
@given(it=answers())
@settings(max_examples=120, deadline=None)
def test_each_sentence_cites_exactly_the_sources_that_it_carries(audience: Audience, it: Interpretation) -> None:
    """The marks of a sentence are the source ids beside it, so that words and data rest on the same."""
    told = it.explain(audience)
    for sentence in told.sentences:
        assert {told.sources[number - 1].id for number in marks(sentence.text)} == set(sentence.sources)


@each_audience
@given(it=answers())
@settings(max_examples=120, deadline=None)
def test_every_source_of_a_limit_in_the_answer_is_cited(audience: Audience, it: Interpretation) -> None:
    """Each bound that took part, and each molar mass that converted one, has its source among those cited."""
    cited = {source.id for source in it.explain(audience).sources}
    for limit in (*it.standard.limits, *it.optimal.limits):
        for part in (limit.range.low, limit.range.high, limit.molar_mass):
            assert part is None or part.source.id in cited
    assert {source.id for source in it.sources} == {source.id for source in it.explanation.sources}


@given(it=answers(), first=answers())
@settings(max_examples=50, deadline=None)
def test_an_explanation_behind_another_goes_on_counting_its_sources(it: Interpretation, first: Interpretation) -> None:
    """Sources that a text in front has numbered keep their numbers, and new ones follow them."""
    told = explain(it, "clinician", first.sources)
    assert told.sources[: len(first.sources)] == first.sources
    for sentence in told.sentences:
        assert {told.sources[number - 1].id for number in marks(sentence.text)} == set(sentence.sources)


@each_audience
@pytest.mark.parametrize(
    ("marker", "chosen"),
    [
        (marker.id, each)
        for marker in CATALOG.markers.values()
        for each in CATALOG.sets.values()
        if each.second_hand and any(each.id in band.sets for band in marker.range)
    ],
    ids=lambda each: each if isinstance(each, str) else each.id,
)
def test_a_number_that_was_read_second_hand_says_so(marker: str, chosen: object, audience: Audience) -> None:
    """Against a set that was read in a page that quotes it, the printed source says second-hand."""
    name = getattr(chosen, "id", "")
    low, _ = optimal_limits(marker, CATALOG.markers[marker].unit)
    it = interpret(marker, low, CATALOG.markers[marker].unit, age=40, sex="male", standard=name)
    printed = str(it.explain(audience)).partition("\n\nSources\n")[2].splitlines()
    (limit,) = it.standard.limits
    for source in limit.sources:
        assert [("second-hand" in line) for line in printed if source.citation in line] == [source.evidence == "quoted"]
    assert any(source.evidence == "quoted" for source in limit.sources)


# ---------------------------------------------------------------- what is said


@each_audience
@each_spot
def test_both_places_are_said_for_every_marker_wherever_a_result_stands(
    spot: Spot, audience: Audience, bare: Catalog
) -> None:
    """Each explanation says both places, names both ranges, and that it is information and not a diagnosis."""
    it = reached(spot, bare)
    told = it.explain(audience)
    places = sentences(it, audience, "place")
    assert told.audience == audience
    assert [place.set_name in text for place, text in zip((it.standard, it.optimal), places, strict=True)] == [True] * 2
    assert told.text.count("diagnosis") == 1
    assert told.sentences[-1].about == "scope"
    assert all(sentence.text.endswith(".") for sentence in told.sentences)
    assert "None" not in told.text
    assert "  " not in told.text


@each_spot
def test_a_disagreement_is_said_in_words_exactly_where_the_places_disagree(spot: Spot, bare: Catalog) -> None:
    """Two decided places that differ are called a disagreement, cited; agreement and an open place are not."""
    it = reached(spot, bare)
    differ = {spot.standard, spot.optimal} <= DECIDED and spot.standard != spot.optimal
    for audience in AUDIENCES:
        said = sentences(it, audience, "disagreement")
        assert len(said) == differ
        assert all(marks(text) for text in said)


@each_spot
def test_below_optimal_is_never_called_low_or_abnormal(spot: Spot, bare: Catalog) -> None:
    """What a laboratory calls a value is said of the standard place alone."""
    it = reached(spot, bare)
    for audience, word in product(AUDIENCES, ("abnormal", "deficient")):
        assert all(word not in text for text in sentences(it, audience, "place"))
    said = " ".join(sentences(it, "patient", "disagreement"))
    assert ("calls it low" in said or "calls this value low" in said) == (
        spot.standard == "below" and spot.optimal in DECIDED - {"below"}
    )


@each_spot
def test_a_target_without_a_guideline_is_called_one(spot: Spot, bare: Catalog) -> None:
    """For markers of which no RLS guideline names a threshold, every optimal place says so, to both."""
    it = reached(spot, bare)
    for audience, words in zip(AUDIENCES, ("protocol target, not a guideline", "No medical guideline"), strict=True):
        said = " ".join(sentences(it, audience, "evidence"))
        assert (words in said) == (spot.marker in UNGUIDED and spot.optimal != "no-range")


@each_audience
@given(it=answers())
@settings(max_examples=120, deadline=None)
def test_what_was_assumed_and_what_was_wrong_is_said(audience: Audience, it: Interpretation) -> None:
    """One sentence names the assumptions where there are any, and each issue has one of its own."""
    assert len(sentences(it, audience, "assumption")) == bool(it.assumptions)
    issues = sentences(it, audience, "issue")
    assert len(issues) == len(it.issues)
    if audience == "clinician":
        assert all(issue.message in text for issue, text in zip(it.issues, issues, strict=True))


@each_audience
@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"age": 40}, {"clinician": "pregnancy", "patient": "pregnant"}),
        ({"sex": "male"}, {"clinician": "adult", "patient": "adult"}),
        ({"age": 10, "sex": "male"}, {"clinician": "printed range", "patient": "range printed"}),
    ],
    ids=str,
)
def test_each_assumption_has_its_words(person: Person, words: dict[Audience, str], audience: Audience) -> None:
    """An adult, no pregnancy, and the fit of a printed range are each assumed in words."""
    it = interpret("ferritin", 38, "ng/mL", **person, range="24-336")
    (said,) = sentences(it, audience, "assumption")
    assert words[audience] in said


@pytest.mark.parametrize("printed", ["336-24", "see note", "24-336 mg/dL"])
def test_a_refused_printed_range_is_said_with_what_was_used_instead(printed: str) -> None:
    """The reason of a refusal, and that the standard set is used instead, are said; the patient hears of it too."""
    it = interpret("ferritin", 38, "ng/mL", age=40, sex="male", range=printed)
    (said,) = sentences(it, "clinician", "issue")
    assert "standard set is used" in said
    assert it.issues[0].message in said
    (plain,) = sentences(it, "patient", "issue")
    assert "could not be used" in plain


@each_audience
@pytest.mark.parametrize(
    ("marker", "value", "unit", "code"),
    [
        ("ferritin", 20_000, "ng/mL", "unusual-value"),
        ("tsat", "0.4", None, "fraction-assumed"),
        ("tsat", "40", None, "percent-assumed"),
        ("tsat", "0.4", "%", "percent-below-one"),
        ("ferritin", 100, "pmol/L", "approximate-conversion"),
        ("calcidiol", 40, "ng/mL", "partial-analyte"),
    ],
)
def test_each_issue_is_said_in_words_of_its_own(
    marker: str, value: object, unit: str | None, code: str, audience: Audience
) -> None:
    """No issue about the value or its unit is said as if a printed range had been refused."""
    it = interpret(marker, value, unit, age=40)
    assert [issue.code for issue in it.issues] == [code]
    (said,) = sentences(it, audience, "issue")
    assert "range printed" not in said


# ---------------------------------------------------------------- what is known of single values


@each_audience
@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("75", "ng/mL", True),
        ("75.00", "ug/L", True),
        ("168.539325843", "pmol/L", True),
        ("74.9", "ng/mL", False),
        ("75.1", "ng/mL", False),
        ("168.539325842", "pmol/L", False),
        ("168.539325844", "pmol/L", False),
    ],
)
def test_only_a_ferritin_of_exactly_75_is_called_a_border(
    *, value: str, unit: str, said: bool, audience: Audience
) -> None:
    """At 75 the protocol and the consensus threshold both hold, so that value alone has a sentence of its own."""
    it = interpret("ferritin", value, unit, age=40, decimal_mark=".")
    assert len(sentences(it, audience, "boundary")) == said


@each_audience
@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(50, "ng/mL", False), ("50.1", "ng/mL", True), (80, "ug/L", True), (124, "nmol/L", False), (125, "nmol/L", True)],
)
def test_a_vitamin_d_above_50_has_its_caution(*, value: object, unit: str, said: bool, audience: Audience) -> None:
    """Above 50 ng/mL opinions part on whether more is safe, and the answer says so even where it is optimal."""
    it = interpret("vitamin D", value, unit, age=40)
    assert len(sentences(it, audience, "caution")) == said


@pytest.mark.parametrize(
    ("marker", "value", "unit", "claim"),
    [
        ("tsat", "<24", "%", "It is not below 20 percent"),
        ("tsat", "10-24", "%", "It is not below 20 percent"),
        ("vitamin B12", "<400", "pg/mL", "calls this value unclear"),
        ("vitamin B12", "170-400", "pg/mL", "calls this value unclear"),
        ("vitamin B12", ">500", "pg/mL", "Values this high"),
        ("ferritin", ">200", "ng/mL", "This value is high"),
    ],
)
def test_a_note_for_some_values_is_not_claimed_of_an_interval_that_holds_others(
    marker: str, value: str, unit: str, claim: str
) -> None:
    """What is true of a part of an interval is not said as if it were true of the result."""
    assert claim not in interpret(marker, value, unit, age=40, decimal_mark=".").explain("patient").text


@pytest.mark.parametrize(
    ("value", "person", "said"),
    [
        (25, {"sex": "male", "age": 40}, 1),
        (35, {"sex": "male", "age": 40}, 0),
        (15, {"sex": "female", "age": 40}, 1),
        (25, {"age": 40}, 1),
        ("<25", {"sex": "male", "age": 40}, 1),
        (25, {"sex": "male", "age": 10}, 0),
        (8, {"sex": "female"}, 2),
        (8, {"sex": "female", "age": 60}, 0),
    ],
    ids=str,
)
def test_the_laboratory_s_own_lower_limit_is_said_where_it_would_decide_otherwise(
    value: object, person: Person, said: int
) -> None:
    """Where our lower limit stands in the place of the laboratory's, a value between the two hears of both.

    Eight is within the range that is printed for women to 50, and who hears that also hears of the 11 from 51 years on.
    """
    assert len(sentences(interpret("ferritin", value, "ng/mL", **person), "clinician", "own-limit")) == said


def test_the_laboratory_s_own_limit_is_converted_like_any_other() -> None:
    """In pmol/L the laboratory's own limit is the one that it prints, converted."""
    it = interpret("ferritin", 60, "pmol/L", sex="male", age=40)
    (own,) = [each for sentence in it.explanation.sentences for each in sentence.figures if each.role == "lab-low"]
    assert own.value == Decimal("69.6629213483")


def test_the_laboratory_s_own_limit_is_said_behind_a_range_that_has_none() -> None:
    """Of somebody of any age and sex the ranges of girls, which have none, go before that of men."""
    it = interpret("ferritin", 25, "ng/mL", strict=True)
    assert None in [limit.range.lab_low for limit in it.standard.limits[:3]]
    assert len(sentences(it, "clinician", "own-limit")) == 1


@each_audience
@pytest.mark.parametrize("sex", ["male", None])
def test_a_shortened_limit_is_on_its_side_of_the_value(audience: Audience, sex: Literal["male"] | None) -> None:
    """50 ug/dL is 8.953 umol/L in short, and all of its digits beside 8.9532, which is below it."""
    it = interpret("iron", "8.9532", "umol/L", sex=sex, age=40)
    (said, _) = sentences(it, audience, "place")
    assert "8.95335303071" in said
    assert "8.953-" not in said
    above = interpret("iron", "8.9534", "umol/L", sex=sex, age=40)
    assert "8.95335303071" not in sentences(above, audience, "place")[0]


@each_audience
@pytest.mark.parametrize("printed", ["<150", "0-150"])
def test_nobody_is_called_normal_by_a_range_that_is_open_on_this_side(audience: Audience, printed: str) -> None:
    """Neither are the two ranges said to disagree, nor how far a value is from an end that is none."""
    it = interpret("ferritin", 3, "ng/mL", sex="male", age=40, range=printed)
    assert not sentences(it, audience, "disagreement")
    assert "normal" not in it.explain(audience).text
    assert "lower limit" not in sentences(it, "clinician", "place")[0]
    assert sentences(it, audience, "issue")
    two = interpret("ferritin", 30, "ng/mL", sex="male", age=40, range=printed)
    assert sentences(two, audience, "disagreement")


@given(it=answers())
@settings(max_examples=60, deadline=None)
def test_a_patient_hears_each_note_once(it: Interpretation) -> None:
    """What the value means is said in front of the places, and not once more behind them."""
    said = [each.text for each in it.explain("patient").sentences]
    assert len(said) == len(set(said))


def test_an_audience_that_is_none_is_quoted_up_to_eighty_characters() -> None:
    """The error carries what was given, cut where it is long."""
    it = interpret("ferritin", 38, "ng/mL", sex="male", age=40)
    for length in (80, 81):
        with pytest.raises(WrongTypeError) as caught:
            it.explain("x" * length)  # type: ignore[arg-type]  # that is what is refused
        assert caught.value.text == "x" * 80


@each_spot
def test_outside_the_standard_range_there_is_more_than_restless_legs(spot: Spot, bare: Catalog) -> None:
    """Below or above the standard range both audiences hear that this has meanings that are not judged here."""
    it = reached(spot, bare)
    for audience in AUDIENCES:
        assert len(sentences(it, audience, "outside")) == (spot.standard in {"below", "above"})


# ---------------------------------------------------------------- the patient


@given(it=answers())
@settings(max_examples=150, deadline=None)
def test_a_patient_reads_no_unexplained_abbreviation(it: Interpretation) -> None:
    """No word for a patient has two capitals, but for the names of the sets and laboratories that were chosen."""
    text = it.explain("patient").text
    for place in it.places:
        text = text.replace(place.set_name, "")
    assert [word for word in WORD.findall(text) if sum(letter.isupper() for letter in word) > 1] == []


@each_spot
def test_a_patient_is_given_no_advice(spot: Spot, bare: Catalog) -> None:
    """Nothing tells a patient what to do: no dose, no treatment, nothing to take."""
    assert ADVICE.findall(reached(spot, bare).explain("patient").text) == []


@given(it=answers())
@settings(max_examples=150, deadline=None)
def test_no_answer_gives_a_patient_advice(it: Interpretation) -> None:
    """Whatever the value, its unit, its range and the patient, no word of advice is said."""
    assert ADVICE.findall(it.explain("patient").text) == []


@given(it=answers())
@settings(max_examples=120, deadline=None)
def test_a_patient_reads_the_value_first_and_in_words(it: Interpretation) -> None:
    """The value stands in the first sentence with its unit spelled out, and no comparator sign is left."""
    first = it.explain("patient").sentences[0]
    assert first.about == "value"
    assert it.reading.spoken in first.text
    assert f"{it.reading.low if it.reading.high is None else it.reading.high:f}" in first.text
    assert not {"<", ">"} & set(it.explain("patient").text)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("38", "38 nanograms"),
        ("<38", "less than 38"),
        ("<=38", "38 nanograms per milliliter or less"),
        (">38", "more than 38"),
        (">=38", "38 nanograms per milliliter or more"),
        ("38-60", "between 38 and 60"),
    ],
)
def test_a_comparator_is_said_in_words(value: str, words: str) -> None:
    """Each comparator and an interval are words to a patient."""
    assert words in interpret("ferritin", value, "ng/mL", age=40).explain("patient").sentences[0].text


@each_audience
@pytest.mark.parametrize(
    ("marker", "person", "lacks"),
    [
        ("tibc", {"age": 40, "sex": "female", "pregnant": False}, "marker"),
        ("tibc", {"age": 40, "sex": "female", "pregnant": True}, "marker"),
        ("vitamin_b12", {"age": 10, "sex": "female"}, "population"),
        ("vitamin_b12", {"age": 40, "sex": "female", "pregnant": True}, "population"),
    ],
    ids=str,
)
def test_why_there_is_no_range_is_told_apart(marker: str, person: Person, lacks: str, audience: Audience) -> None:
    """A set without the marker and a set without the patient are two reasons, and pregnancy is named for one alone."""
    low, high = optimal_limits(marker, CATALOG.markers[marker].unit)
    it = interpret(marker, (low + high) / 2, CATALOG.markers[marker].unit, **person, standard="exeter-uk")
    assert (it.standard.position, it.standard.lacks) == ("no-range", lacks)
    text, _ = sentences(it, audience, "place")
    assert ("pregnan" in text) == (lacks == "population" and bool(person.get("pregnant")))


@pytest.mark.parametrize(("age", "pregnant", "why"), [(40, True, True), (10, False, False)])
def test_a_patient_without_a_range_in_pregnancy_hears_why(*, age: int, pregnant: bool, why: bool) -> None:
    """That there is no range in pregnancy is said as the reason, and not to anybody else."""
    text = interpret("vitamin B12", 400, "pg/mL", sex="female", age=age, pregnant=pregnant).explain("patient").text
    assert ("because you are pregnant" in text) == why


# ---------------------------------------------------------------- as data


@each_audience
@given(it=answers())
@settings(max_examples=80, deadline=None)
def test_an_explanation_comes_back_from_json_as_it_was(audience: Audience, it: Interpretation) -> None:
    """Sentences, figures with every digit, and sources survive JSON."""
    told = it.explain(audience)
    again = Explanation.model_validate_json(told.model_dump_json())
    assert again == told
    assert str(again) == str(told)
    digits = [str(each.value) for sentence in told.sentences for each in sentence.figures]
    assert [str(each.value) for sentence in again.sentences for each in sentence.figures] == digits


@each_audience
@given(it=answers())
@settings(max_examples=80, deadline=None)
def test_an_answer_that_comes_back_from_json_explains_itself_in_the_same_words(
    audience: Audience, it: Interpretation
) -> None:
    """Nothing that an explanation rests on is lost when an answer is stored."""
    again = Interpretation.model_validate_json(it.model_dump_json())
    assert again == it
    assert str(again.explain(audience)) == str(it.explain(audience))
    assert again.model_dump_json() == it.model_dump_json()


@given(it=answers())
@settings(max_examples=50, deadline=None)
def test_the_whole_answer_as_data_holds_what_is_said_to_both(it: Interpretation) -> None:
    """The answer with both of its explanations survives JSON."""
    whole = Answer.of(it)
    assert (whole.interpretation, whole.clinician, whole.patient) == (it, it.explanation, it.explain("patient"))
    assert Answer.model_validate_json(whole.model_dump_json()) == whole


def test_an_answer_without_distances_says_none() -> None:
    """What stands in no figure is not said, also where an answer came without its distances."""
    it = interpret("ferritin", 38, "ng/mL", sex="male", age=40)
    places = {
        kind: place.model_copy(update={"distance": None, "nearest": None})
        for kind, place in (("standard", it.standard), ("optimal", it.optimal))
    }
    for audience in AUDIENCES:
        for sentence in it.model_copy(update=places).explain(audience).sentences:
            assert "distance" not in {each.role for each in sentence.figures}
            assert "18" not in re.sub(r"from 18 years", "", sentence.text)
            assert "37" not in sentence.text


def test_an_answer_is_named_in_one_line() -> None:
    """An answer as text names the marker, the value and its status."""
    it = interpret("ferritin", 38, "ng/mL", sex="female", age=52)
    assert "Ferritin" in str(it)
    assert it.status in str(it)


@pytest.mark.parametrize("audience", ["doctor", "", None, 5])
def test_another_audience_is_refused(audience: Audience) -> None:
    """There are two audiences, and nobody is spoken to in words that were meant for another."""
    with pytest.raises(LabsError):
        interpret("ferritin", 38, "ng/mL").explain(audience)


# ---------------------------------------------------------------- word for word


ASKED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("ferritin", "38", "ng/mL", {"sex": "female", "age": 52, "pregnant": False}),
    ("ferritin", "25", "ng/mL", {"sex": "female", "age": 52, "pregnant": False, "range": "24-336"}),
    ("ferritin", "160", "ng/mL", {}),
    ("ferritin", "190", "ng/mL", {"age": 40, "pregnant": False}),
    ("ferritin", "75", "ng/mL", {"sex": "female", "age": 30, "pregnant": True}),
    ("ferritin", "75", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "<5", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "500", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "400", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "70-80", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "75-80", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "400", "pmol/L", {"sex": "male", "age": 40, "range": "1-x"}),
    ("ferritin", "22", "ng/mL", {"sex": "male", "age": 40}),
    ("ferritin", "15", "ng/mL", {"sex": "female", "age": 40, "pregnant": False}),
    ("ferritin", "19", "ng/mL", {"sex": "male", "age": 10}),
    ("ferritin", "80", "ng/mL", {"sex": "male", "age": 40, "range": "90-120"}),
    ("ferritin", "80", "ng/mL", {"sex": "male", "age": 40, "range": "20-70"}),
    ("ferritin", "160", "ng/mL", {"sex": "male", "age": 40, "range": "170-200"}),
    ("ferritin", "50", "ng/mL", {"sex": "male", "age": 40, "range": "20-40"}),
    ("ferritin", "38", "ng/mL", {"age": 40, "range": "24-336", "strict": True}),
    ("tsat", "0.22", "1", {"sex": "male", "age": 40, "decimal_mark": "."}),
    ("tsat", ">46", "%", {"sex": "male", "age": 40}),
    ("tibc", "300", "ug/dL", {"sex": "male", "age": 40, "standard": "exeter-uk"}),
    ("vitamin_b12", "250", "pg/mL", {"sex": "female", "age": 10, "standard": "exeter-uk"}),
    ("vitamin_d", ">=30", "ng/mL", {"sex": "male", "age": 40}),
    ("vitamin_d", "<=20", "ng/mL", {"sex": "male", "age": 40}),
]
NOTED = ("meaning", "evidence", "confounder", "caution", "boundary")
OF_THE_CATALOG = {"meaning", "significance", "evidence", "confounder", "caution", "boundary"}


def written(marker: str, value: str, unit: str, beside: dict[str, Any]) -> Iterator[str]:
    """Every sentence that this package forms itself, for both audiences, with its figures and sources."""
    it = interpret(marker, value, unit, **beside)
    yield f"## {marker} {value} {unit} {beside}"
    for audience in AUDIENCES:
        for each in it.explain(audience).sentences:
            if each.about not in OF_THE_CATALOG:
                figures = "; ".join(f"{one.role} {one.value} {one.unit}" for one in each.figures)
                yield f"{audience} {each.about}: {each.text} | {figures} | {' '.join(each.sources)}"


def test_the_sentences_of_typical_answers_are_these_word_for_word() -> None:
    """They were made by this package and then read through; a word that changes is to be read again."""
    lines = [line.rstrip() for asked in ASKED for line in written(*asked)]
    assert lines == (Path(__file__).parent / "golden" / "sentences.txt").read_text(encoding="utf-8").splitlines()


def test_a_note_is_said_as_its_file_has_it_with_its_marks_before_the_last_full_stop() -> None:
    """Not a letter of a note is lost, and nothing but the marks is put in."""
    it = interpret("ferritin", 75, "ng/mL", sex="male", age=40)
    texts = [each.text for each in it.explain().sentences if each.about in NOTED]
    assert [MARKS.sub("", each).replace(" .", ".") for each in texts] == [
        each.clinician if each.clinician.endswith(".") else f"{each.clinician}."
        for each in it.notes
        if each.kind in NOTED and each.kind != "meaning"
    ]


def test_nobody_but_a_clinician_and_a_patient_is_spoken_to() -> None:
    """Another audience is refused by name."""
    with pytest.raises(LabsError) as refusal:
        explain(interpret("ferritin", 75, "ng/mL"), "nurse")  # type: ignore[arg-type]  # wrong on purpose
    assert refusal.value.happened == '"nurse" is no audience'
    assert (refusal.value.mend, refusal.value.text) == ("write clinician or patient", "nurse")


def test_a_range_of_fractions_that_is_no_exact_value_has_no_percentage_beside_it() -> None:
    """Only one value can be said in percent in one number."""
    it = interpret("tsat", "0.2-0.3", "1", decimal_mark=".", sex="male", age=40)
    assert (
        it.explain("patient").sentences[0].text == "Your transferrin saturation is between 0.2 and 0.3 as a fraction."
    )


@pytest.mark.parametrize(
    ("value", "sex", "words"),
    [
        ("5-10", "female", "6 ng/mL for women 18-50 years, it would be below or within [2]."),
        ("22.00", "male", "31 ng/mL for men from 18 years, it would be below [2]."),
        ("31", "male", None),
        ("30.9", "male", "31 ng/mL for men from 18 years, it would be below [2]."),
    ],
)
def test_the_limit_that_a_laboratory_prints_is_said_where_it_says_something_else(
    value: str, sex: Sex, words: str | None
) -> None:
    """Its limit belongs to its range, it is written as finely as the value, and every possible place is named."""
    it = interpret("ferritin", value, "ng/mL", sex=sex, age=40, pregnant=False)
    said = [each.text for each in it.explain().sentences if each.about == "own-limit"]
    prefix = "By the lower limit that Mayo Clinic Laboratories prints, "
    assert said == ([] if words is None else [prefix + words])


def test_a_shortened_limit_of_a_laboratory_lies_on_its_side_of_the_value() -> None:
    """Where four digits would put it on the value, all of them are shown, to both audiences."""
    it = interpret("ferritin", "69.66", "pmol/L", sex="male", age=40)
    for audience, unit in zip(AUDIENCES, ("pmol/L", "picomoles per liter"), strict=True):
        (said,) = sentences(it, audience, "own-limit")
        assert f"prints, 69.6629213483 {unit} for men" in said


def test_a_value_on_a_limit_that_is_left_out_is_outside_by_no_distance() -> None:
    """It is outside, and no distance of zero is named."""
    it = interpret("ferritin", 150, "ng/mL", sex="male", age=40, range="<150")
    assert sentences(it, "clinician", "place")[0] == (
        "Ferritin 150 ng/mL is above the range printed with the result (below 150 ng/mL) [1]."
    )
    assert sentences(it, "patient", "place")[0].endswith("Your value is above it.")


def test_the_limit_that_a_laboratory_prints_belongs_to_its_range_or_not_as_it_says(tmp_path: Path) -> None:
    """Where a set leaves out the very limit that the laboratory lets in, a value on it has two places."""
    source = 'source = "mayo-ferr1", locator = "page 1"'
    Path(tmp_path, "sets.toml").write_text(
        '[mine]\nkind = "standard"\nname = "my range"\nnote = "Mine."\n', encoding="utf-8"
    )
    Path(tmp_path, "ferritin.toml").write_text(
        'id = "ferritin"\n[[range]]\nkind = "standard"\nsets = ["mine"]\nunit = "ng/mL"\nreviewed = 2026-01-31\n'
        f'applies_to = {{ age = ">=18 a" }}\nlow = {{ value = 31, inclusive = false, {source} }}\n'
        f"high = {{ value = 409, {source} }}\nlab_low = {{ value = 31, {source} }}\n",
        encoding="utf-8",
    )
    catalog = Catalog.load(tmp_path)
    for value, places in (("30", ()), ("31", ("within",)), ("32", ())):
        it = interpret("ferritin", value, "ng/mL", sex="male", age=40, standard="mine", catalog=catalog)
        said = sentences(it, "clinician", "own-limit")
        assert [f"it would be {each} [" in text for each, text in zip(places, said, strict=True)] == [True] * len(
            places
        )


def unmarked(text: str) -> str:
    """A text without the numbers of its sources."""
    return re.sub(r"\[\d+\]", "", text)


@each_audience
def test_a_place_by_itself_is_said_as_in_the_explanation(audience: Audience) -> None:
    """With its own marks; behind another place the explanation says `It` in the place of the name."""
    it = interpret("ferritin", 25, "ng/mL", sex="female", age=40)
    alone = placed(it.standard, it, Marks(), plain=audience == "patient")
    assert unmarked(alone.text) == unmarked(sentences(it, audience, "place")[0])
    assert alone.text.count("[1]") == 1
    optimal = placed(it.optimal, it, Marks(), plain=audience == "patient").text
    begin = {"clinician": "Ferritin 25 ng/mL is 50 ng/mL below the", "patient": "The"}[audience]
    assert optimal.startswith(f"{begin} optimal range for restless legs")


def test_an_interval_is_held_against_the_laboratory_s_own_limit_as_a_whole() -> None:
    """Each place that its values can have is named, in both registers."""
    for value, clinician, patient in (
        ("5-9", "it would be below or within", "your value would be below it or inside the range"),
        (
            "8-400",
            "it would be within or above",
            "your value would be inside the range or above it",
        ),
    ):
        it = interpret("ferritin", value, "ng/mL", sex="female", age=40)
        assert [clinician in text for text in sentences(it, "clinician", "own-limit")] == [True]
        assert [patient in text for text in sentences(it, "patient", "own-limit")] == [True]


def test_half_a_range_says_how_far_inside_of_the_optimal_range_alone() -> None:
    """How far a TIBC of 300 is inside `>250` says nothing; how far it is inside 250-350 does."""
    it = interpret("tibc", 300, "ug/dL", sex="male", age=40, range=">250", standard="exeter-uk")
    first, _, third = sentences(it, "clinician", "place")
    assert (
        first
        == "Total iron-binding capacity 300 ug/dL is within the range printed with the result (above 250 ug/dL) [1]."
    )
    assert ", 50 ug/dL above its lower limit" in third
