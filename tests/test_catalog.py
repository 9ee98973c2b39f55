"""The catalog: a marker is found by its exact names and codes, and by nothing else."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rlslabs.catalog import Catalog, Found, builtin
from rlslabs.errors import (
    AnotherAnalyteError,
    CheckDigitError,
    LabsError,
    MangledCodeError,
    MarkerError,
    UnknownMarkerError,
    UnknownSetError,
    WrongTypeError,
)
from rlslabs.facts import Kind
from rlslabs.loading import load_facts
from rlslabs.marker import LookAlike, Marker

CATALOG = builtin()
MARKERS = tuple(CATALOG.markers.values())
LOOKALIKES: tuple[LookAlike, ...] = tuple(load_facts().lookalikes)

NAMES = [(marker, name) for marker in MARKERS for name in (marker.id, marker.name, *marker.aliases)]
CODES = [(marker, code) for marker in MARKERS for code in marker.loinc]
PARTS = [(marker, part.partial, name) for marker in MARKERS for part in marker.partly for name in part.names]
OTHERS = [(each, name) for each in LOOKALIKES for name in (each.name, *each.names, *each.codes)]
KNOWN = sorted({code.code for _, code in CODES} | {code for each in LOOKALIKES for code in each.codes})
DATED = [code for code in KNOWN if len(code) == 6 and code[-1] != "0" and int(code[:4]) >= 1900]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep")

each_name = pytest.mark.parametrize(("marker", "name"), NAMES, ids=[f"{m.id}-{n}" for m, n in NAMES])


class Unspeakable:
    """An object that has no text."""

    def __str__(self) -> str:
        """Fail, as the objects of some libraries do."""
        message = "no text"
        raise RuntimeError(message)


class Name(str):
    """Text of a class of its own."""

    __slots__ = ()


def respelled(name: str) -> st.SearchStrategy[str]:
    """The name in any case, with any punctuation and blanks between its letters."""
    between = st.text(" -_.,;:/()[]'\u2011\u2013\u00a0", max_size=2)
    letters = [
        st.sampled_from([letter.lower(), letter.upper()]) for letter in name if letter.isalnum() or letter == "%"
    ]
    return st.tuples(*(part for letter in letters for part in (letter, between))).map("".join)


def dates(code: str) -> dict[str, object]:
    """What a spreadsheet makes of a code such as 1989-3."""
    year, month = int(code[:4]), int(code[-1])
    first = date(year, month, 1)
    return {
        "Mar-89": f"{MONTHS[month - 1]}-{code[2:4]}",
        "1989-03-01": str(first),
        "1989-03-01 00:00:00": f"{first} 00:00:00",
        "1989-03-01T00:00:00": f"{first}T00:00:00",
        "01/03/1989": f"01/{month:02}/{year}",
        "3/1/1989": f"{month}/1/{year}",
        "March 1989": f"{MONTHS[month - 1]} {year}",
        "date": first,
        "datetime": datetime(year, month, 1, tzinfo=UTC),
        "day number": (first - date(1899, 12, 30)).days,
        "day number as text": str((first - date(1899, 12, 30)).days),
        "day number as a float": float((first - date(1899, 12, 30)).days),
        "day number as the text of a float": f"{(first - date(1899, 12, 30)).days}.0",
    }


@each_name
def test_a_marker_is_found_by_every_one_of_its_names(marker: Marker, name: str) -> None:
    """Id, name and alias find the marker, whole, and without a code."""
    assert CATALOG.find(name) == Found(marker, None, None)
    assert CATALOG.marker(name) is marker


@given(st.sampled_from(NAMES).flatmap(lambda each: st.tuples(st.just(each[0]), respelled(each[1]))))
def test_case_and_punctuation_make_no_difference_to_a_name(found: tuple[Marker, str]) -> None:
    """A name is the same in capitals, in small letters, and with other blanks and punctuation."""
    marker, name = found
    assert CATALOG.find(name).marker is marker


def test_the_percent_sign_is_no_punctuation() -> None:
    """A percentage is something else than what it is a percentage of."""
    assert CATALOG.find("% sat").marker.id == "transferrin_saturation"
    with pytest.raises(AnotherAnalyteError):
        CATALOG.find("sat")


@pytest.mark.parametrize(
    "form",
    [
        *("{}", " {} ", "http://loinc.org|{}", "https://loinc.org/{}", "https://loinc.org/{}/", "LOINC {}", "loinc:{}"),
        *("LN {}", "LOINC|{}", "urn:oid:2.16.840.1.113883.6.1|{}"),
    ],
)
def test_a_marker_is_found_by_its_codes_however_their_system_is_named(form: str) -> None:
    """A LOINC code finds the marker, and the code comes along with what it leaves out."""
    for marker, code in CODES:
        found = CATALOG.find(form.format(code.code))
        assert found == Found(marker, code, code.partial)
        assert found.code is code


@pytest.mark.parametrize(("marker", "partial", "name"), PARTS, ids=[name for _, _, name in PARTS])
def test_a_name_for_a_part_of_the_analyte_says_what_it_leaves_out(marker: Marker, partial: str, name: str) -> None:
    """A name that counts D3 alone finds vitamin D, and says what is not counted."""
    assert CATALOG.find(name) == CATALOG.find(name.upper()) == Found(marker, None, partial)
    assert "D2" in partial


def test_text_of_any_class_is_text() -> None:
    """A name that a library wraps in a class of its own is still a name."""
    assert CATALOG.find(Name("ferritin")) == CATALOG.find("ferritin")
    assert CATALOG.find(Name("2276-4")) == CATALOG.find("2276-4")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("ferritn", "ferritin"), ("feritin", "ferritin"), ("transferin saturation", "transferrin_saturation")),
        *(("TIBCC", "tibc"), ("vitamin B-21", "vitamin_b12"), ("vitaminn D", "vitamin_d")),
    ],
)
def test_a_near_name_is_a_hint_and_never_an_answer(typed: str, meant: str) -> None:
    """A misspelled name is refused, and the refusal asks whether the near one was meant."""
    with pytest.raises(UnknownMarkerError) as caught:
        CATALOG.find(typed)
    assert caught.value.code == "unknown-marker"
    assert meant in caught.value.mend
    assert caught.value.text == typed


@pytest.mark.parametrize(
    ("typed", "nearer"),
    [
        *(("transferin", "Transferrin"), ("UIBCC", "Unsaturated iron-binding capacity"), ("urin iron", "Urine iron")),
        *(("ferritin gaol", "Ferritin goal"), ("calcitriool", "1,25-dihydroxyvitamin D")),
        ("soluble transferin receptor", "Soluble transferrin receptor"),
    ],
)
def test_no_marker_is_offered_where_something_else_is_nearer(typed: str, nearer: str) -> None:
    """A misspelled name of another analyte is unknown, and the refusal names that analyte and offers no marker."""
    with pytest.raises(UnknownMarkerError) as caught:
        CATALOG.find(typed)
    assert caught.value.mend == f"the nearest name is {nearer}, which is another analyte"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "LOINC", "http://loinc.org|", "hemoglobin", "718-7", "x" * 500, "-"])
def test_an_unknown_name_is_refused_with_all_the_markers_to_choose_from(name: str) -> None:
    """What nothing is called, is refused, and the refusal names every marker there is."""
    with pytest.raises(UnknownMarkerError) as caught:
        CATALOG.find(name)
    assert all(marker.id in caught.value.mend for marker in MARKERS)
    assert len(caught.value.text) <= 80


def test_a_name_that_is_too_long_is_no_name() -> None:
    """A text of more than two hundred characters is refused, even where it begins with a name."""
    with pytest.raises(UnknownMarkerError):
        CATALOG.find("ferritin" + " " * 200 + "goal")


@pytest.mark.parametrize(
    "name", [None, True, 0, 38, 3.5, Decimal(38), b"2276-4", ["ferritin"], {"loinc": "2276-4"}, float("nan"), object()]
)
def test_what_is_no_text_names_no_marker(name: object) -> None:
    """A marker is asked for by text, and anything else is refused as the wrong type."""
    with pytest.raises(WrongTypeError) as caught:
        CATALOG.find(name)
    assert caught.value.code == "wrong-type"


@pytest.mark.parametrize("name", [Unspeakable(), 10**5000], ids=["no text", "too many digits"])
def test_an_object_that_cannot_be_written_is_refused_like_any_other(name: object) -> None:
    """An object whose text cannot be had is the wrong type, and its own error stays inside."""
    with pytest.raises(WrongTypeError):
        CATALOG.find(name)


@pytest.mark.parametrize("other", LOOKALIKES, ids=lambda other: other.name)
def test_a_look_alike_is_refused_as_another_analyte(other: LookAlike) -> None:
    """The name or code of something easily taken for a marker is refused, and the refusal says what it is and why."""
    for name in (other.name, *other.names, *other.codes):
        with pytest.raises(AnotherAnalyteError) as caught:
            CATALOG.find(name)
        error = caught.value
        assert error.code == "another-analyte"
        assert other.name in error.happened
        assert CATALOG.markers[other.looks_like].name in error.happened
        assert other.why in error.happened
        assert error.text == name


@settings(max_examples=50)
@given(
    st.sampled_from([name for _, name in OTHERS if not name[-1].isdigit()]).flatmap(
        lambda name: st.tuples(st.just(name), respelled(name))
    )
)
def test_case_and_punctuation_do_not_hide_a_look_alike(names: tuple[str, str]) -> None:
    """A look-alike is refused in capitals and small letters, and with other blanks and punctuation."""
    with pytest.raises(AnotherAnalyteError):
        CATALOG.find(names[1])


@pytest.mark.parametrize("form", ["LOINC {}", "http://loinc.org|{}", " {} "])
def test_the_name_of_the_system_does_not_hide_a_look_alike(form: str) -> None:
    """The code of a look-alike is refused however its system is named."""
    for code in [code for each in LOOKALIKES for code in each.codes]:
        with pytest.raises(AnotherAnalyteError):
            CATALOG.find(form.format(code))


@pytest.mark.parametrize(
    "name",
    [
        *("transferrin", "UIBC", "ferritin goal", "1,25-dihydroxyvitamin D", "1,25-OH-D", "1,25(OH)2D", "calcitriol"),
        *("vitamin D2", "holoTC", "active B12", "iron panel", "O2 saturation", "soluble transferrin receptor", "NTBI"),
        *("iron studies", "urine iron", "free vitamin D", "25-OH vitamin D2", "vitamin D-binding protein"),
    ],
)
def test_no_marker_is_offered_for_something_else(name: str) -> None:
    """Another analyte is named as such; it is neither taken for a marker nor offered as a misspelling of one."""
    with pytest.raises(AnotherAnalyteError):
        CATALOG.find(name)


@pytest.mark.parametrize("right", KNOWN)
def test_a_code_with_a_wrong_check_digit_is_mistyped(right: str) -> None:
    """Every known code with any other last digit is refused as mistyped, and the right one is near."""
    for code in (f"{right[:-1]}{digit}" for digit in range(10)):
        if code not in KNOWN:
            with pytest.raises(CheckDigitError) as caught:
                CATALOG.find(code)
            assert caught.value.code == "code-check-digit"
            assert right in caught.value.mend
            assert caught.value.text == code


@given(st.integers(1, 9_999_999), st.integers(0, 9))
def test_a_code_is_found_or_refused_and_never_taken_for_another(stem: int, digit: int) -> None:
    """A text of a code's form is that very code, another analyte's, mistyped, or unknown."""
    code = f"{stem}-{digit}"
    try:
        found = CATALOG.find(code)
    except LabsError as error:
        problem = error.code
    else:
        problem = ""
        assert found.code is not None
        assert found.code.code == code
    assert problem in {"", "another-analyte", "code-check-digit", "unknown-marker"}


def test_a_code_that_is_mistyped_beyond_recognition_gets_no_hint() -> None:
    """A code that fails its check digit and is near no known one is refused without a guess."""
    with pytest.raises(CheckDigitError) as caught:
        CATALOG.find("8-1")
    assert "near" not in caught.value.mend


@pytest.mark.parametrize("shape", sorted(dates("1989-3")))
def test_a_code_that_became_a_date_is_recognised(shape: str) -> None:
    """A known code that a spreadsheet has made a date is refused as such, and the code is named."""
    for code in DATED:
        written = dates(code)[shape]
        with pytest.raises(MangledCodeError) as caught:
            CATALOG.find(written)
        assert caught.value.code == "code-mangled"
        assert code in caught.value.happened
        assert str(written) in caught.value.text


@pytest.mark.parametrize(
    "name",
    [
        *("Mar-89", "1989-03-01", "Apr-76", "2276-04-01", "Jul-00", "Sep-32"),
        *("Mrz-89", "Mrz 89", "M\u00e4r 89", "M\u00c4RZ 1989", "1989-03-01T00:00:00Z", "32568", "32568.0"),
    ],
)
def test_a_published_date_is_recognised(name: str) -> None:
    """The dates that are known to stand in shared tables of LOINC codes are recognised."""
    with pytest.raises(MangledCodeError):
        CATALOG.find(name)


@pytest.mark.parametrize("written", ["2021-05-01", date(2021, 5, 1), "May-21", "44317"])
def test_a_date_that_no_known_code_could_become_is_only_unknown(written: object) -> None:
    """A date that is not the ruin of a known code is not said to be one."""
    with pytest.raises(LabsError) as caught:
        CATALOG.find(written)
    assert caught.value.code in {"unknown-marker", "wrong-type"}


@given(st.text())
def test_whatever_text_is_asked_for_is_found_or_refused_in_words(name: str) -> None:
    """Any text finds a marker of the catalog or is refused by this package's own error."""
    try:
        found = CATALOG.find(name)
    except LabsError as error:
        refusal: LabsError | None = error
    else:
        refusal = None
        assert found.marker in MARKERS
    if refusal:
        assert isinstance(refusal, MarkerError)
        assert isinstance(refusal, LookupError)
        assert refusal.happened
        assert refusal.mend


@given(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.fractions(), st.complex_numbers()),
        *(st.binary(), st.dates(), st.datetimes(), st.times(), st.lists(st.text()), st.tuples(st.text())),
    )
)
def test_whatever_object_is_asked_for_is_refused_in_words(name: object) -> None:
    """Nothing but text finds a marker, and every refusal is this package's own."""
    with pytest.raises(LabsError) as caught:
        CATALOG.find(name)
    assert caught.value.code in {"wrong-type", "code-mangled"}


@pytest.mark.parametrize("kind", ["standard", "optimal"])
def test_a_set_is_found_by_its_name_and_the_default_without_one(kind: Kind) -> None:
    """Each set is found by its kind and name, and without a name the default of the kind is meant."""
    for each in CATALOG.sets.values():
        if each.kind == kind:
            assert CATALOG.set(kind, each.id) is each
    assert CATALOG.set(kind).default
    assert CATALOG.set(kind).kind == kind
    assert CATALOG.set(kind, None) is CATALOG.set(kind)


@pytest.mark.parametrize("kind", ["standard", "optimal"])
@given(name=st.text())
def test_an_unknown_set_is_refused_with_the_sets_to_choose_from(kind: Kind, name: str) -> None:
    """A set of another kind or of no known name is refused, and the refusal names those of the kind."""
    there = [each.id for each in CATALOG.sets.values() if each.kind == kind]
    if name not in there:
        with pytest.raises(UnknownSetError) as caught:
            CATALOG.set(kind, name)
        assert caught.value.code == "unknown-set"
        assert all(each in caught.value.mend for each in there)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("standard", "healers-rls-protocol"), ("optimal", "mayo"), ("standard", ""), ("standard", "Mayo")),
        *(("standard", "MAYO"), ("standard", " mayo"), ("standard", "exeter_uk"), ("optimal", "Healers-RLS-protocol")),
        *(("standard", 5), ("standard", ["mayo"]), ("optimal", True), ("best", None), ("best", "mayo")),
        ("standard", Unspeakable()),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_a_set_of_another_kind_or_no_name_at_all_is_refused(kind: Any, name: Any) -> None:  # noqa: ANN401  wrong on purpose
    """A set of the other kind, a kind that does not exist, or what is no name is refused as an unknown set."""
    with pytest.raises(UnknownSetError) as caught:
        CATALOG.set(kind, name)
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize("name", ["markers", "sets", "sources"])
def test_the_facts_of_a_catalog_cannot_be_changed(name: str) -> None:
    """No marker, set or source can be put in, taken out or exchanged in a loaded catalog."""
    facts: Mapping[str, object] = getattr(CATALOG, name)
    assert facts
    for change in ("__setitem__", "__delitem__", "update", "pop", "clear"):
        assert not hasattr(facts, change)


@pytest.mark.parametrize("name", ["markers", "sets", "sources"])
def test_a_catalog_is_immutable_once_loaded(name: str) -> None:
    """A loaded catalog keeps its markers, sets and sources: none of them can be replaced as a whole."""
    catalog = Catalog.load()
    with pytest.raises(AttributeError):
        setattr(catalog, name, {})
    assert getattr(catalog, name) == getattr(CATALOG, name)


def test_a_catalog_survives_pickling() -> None:
    """A catalog can be sent to another process, and finds there what it finds here."""
    copy = pickle.loads(pickle.dumps(CATALOG))  # noqa: S301  pickled in this line
    for facts in ("markers", "sets", "sources"):
        assert dict(getattr(copy, facts)) == dict(getattr(CATALOG, facts))
    for name in ("ferritin", "2276-4", "1989-3", "calcidiol"):
        assert copy.find(name) == CATALOG.find(name)
    with pytest.raises(AnotherAnalyteError):
        copy.find("transferrin")


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.id)
def test_a_fact_cannot_be_changed(marker: Marker) -> None:
    """A marker, its ranges and its bounds are frozen."""
    for fact, field in ((marker, "unit"), (marker.range[0], "low"), (marker.range[0].low, "value")):
        with pytest.raises(ValidationError):
            setattr(fact, field, getattr(fact, field))


def test_our_own_catalog_is_loaded_once() -> None:
    """The built-in catalog is one and the same object, and equals one that is loaded anew."""
    assert builtin() is CATALOG
    assert dict(Catalog.load().markers) == dict(CATALOG.markers)


def test_hints_are_looked_for_once_and_kept_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same unknown name has the same hint, however many others were asked for between."""
    monkeypatch.setattr("rlslabs.catalog._MOST_HINTS", 2)
    catalog = Catalog.load()

    def hint(name: str) -> str:
        with pytest.raises(UnknownMarkerError) as refusal:
            catalog.find(name)
        return refusal.value.mend

    first = [hint(name) for name in ("feritin", "irom", "nothing near", "feritin")]
    assert first[0] == first[3] == "did you mean ferritin"
    assert first == [hint(name) for name in ("feritin", "irom", "nothing near", "feritin")]
