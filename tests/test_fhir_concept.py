"""A CodeableConcept: what its codes and texts mean together, what is said of that, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from rlslabs.catalog import builtin
from rlslabs.fhir import concept as module
from rlslabs.fhir.concept import OTHER, Meaning, codings, meaning, texts, words
from rlslabs.marker import Analyte

LOINC = "http://loinc.org"
PARTIAL = "1989-3"
"""25-hydroxyvitamin D3 alone."""


def told(*pairs: tuple[str | None, str | None], text: str | None = None) -> Meaning:
    """The meaning of LOINC codes with their displays, and of a text."""
    held = [{"system": LOINC, "code": code, "display": display} for code, display in pairs]
    return meaning({"coding": held, "text": text}, builtin())


def code_of(found: Meaning) -> str:
    """The code of its refusal, or nothing."""
    return "" if found.refusal is None else found.refusal.code


def said(found: Meaning) -> list[str]:
    """The codes of what is said of it."""
    return [each.code for each in found.notices]


@pytest.mark.parametrize(
    ("pairs", "text", "marker", "codes", "refused"),
    [
        ([("2276-4", None)], None, "2276-4", [], ""),
        ([("2276-4", "Ferritin [Mass/volume] in Serum or Plasma")], None, "2276-4", [], ""),
        ([("2276-4", "Ferritin")], "Ferritin", "2276-4", [], ""),
        ([("2276-4", "FERR1")], None, "2276-4", ["display-unknown"], ""),
        ([("2276-4", "FERR1")], "FERR2", "2276-4", ["display-unknown", "display-unknown"], ""),
        ([("2276-4", "FERR1")], "FERR1", "2276-4", ["display-unknown"], ""),
        ([("2276-4", "  ")], " ", "2276-4", ["display-unknown"], ""),
        ([("2276-4", None), ("2498-4", None)], None, "", [], "marker-conflict"),
        ([("2276-4", None), ("99999-9", None)], None, "", [], "code-check-digit"),
        ([("2276-4", None), ("2951-2", None)], None, "", [], "marker-conflict"),
        ([("2498-4", None), ("14798-3", None)], None, "", [], "marker-conflict"),
        ([("2276-4", "Iron")], None, "", [], "marker-conflict"),
        ([("2276-4", "Ferritin")], "Iron", "", [], "marker-conflict"),
        ([("2276-4", "Ferritin [Mass/volume] in Serum or Plasma")], "Iron", "", [], "marker-conflict"),
        ([("2276-4", None), ("35209-6", None)], None, "2276-4", [], ""),
        ([("2276-4", "Ferritin in urine")], None, "", [], "another-analyte"),
        ([("2276-4", "Ferritin goal")], None, "", [], "another-analyte"),
        ([("2498-4", "Iron --2 hours post dose iron")], None, "", [], "another-analyte"),
        ([("2498-4", "Iron tolerance")], None, "", [], "another-analyte"),
        ([("2276-4", "Ferritin [Mass/volume] in Urine by Immunoassay")], None, "", [], "another-analyte"),
        ([("2276-4", "Ferritin [Mass/volume] in Urine \n")], None, "", [], "another-analyte"),
        ([("13965-9", "Homocysteine [Moles/volume] in Serum --2 hours post dose")], None, "", [], "another-analyte"),
        ([("2951-2", "Iron")], None, "", [], "marker-conflict"),
        ([("2951-2", None)], "Ferritin", "", [], "marker-conflict"),
        ([("2951-2", None)], None, "", [], ""),
        ([], "Ferritin", "Ferritin", ["told-by-name"], ""),
        ([], "Ferritin in urine", "", [], ""),
        ([], "nothing known", "", [], ""),
        ([("62292-8", None), (PARTIAL, None)], None, PARTIAL, [], ""),
        ([("62292-8", "25-hydroxyvitamin D3")], None, "", [], "marker-conflict"),
        ([(PARTIAL, "25-hydroxyvitamin D")], None, PARTIAL, [], ""),
    ],
)
def test_codes_and_texts_are_held_against_each_other(
    pairs: list[tuple[str | None, str | None]], text: str | None, marker: str, codes: list[str], refused: str
) -> None:
    """They agree, or the result is refused; what is not known of a text is said once for each text."""
    found = told(*pairs, text=text)
    assert (found.marker, said(found), code_of(found)) == (marker, codes, refused)
    assert found.coded == (bool(marker) and bool(pairs))
    assert (found == OTHER) == (not marker and not refused)


@pytest.mark.parametrize(
    ("text", "kept"), [("FERR " + "x" * 75, 80), ("FERR " + "x" * 76, 80), ("FERR1", 5)], ids=["80", "81", "short"]
)
def test_a_notice_quotes_eighty_characters(text: str, kept: int) -> None:
    """Of a longer one not more."""
    (notice,) = told(("2276-4", text)).notices
    assert notice.text == text[:kept]
    assert "is no name of Ferritin that is known here; check the code" in notice.message


@pytest.mark.parametrize("what", ["goal", "in urine", "tolerance"])
def test_a_refusal_quotes_eighty_characters_of_the_text(what: str) -> None:
    """And says what it speaks of."""
    issue = told(("2276-4", f"Ferritin {what} {'x' * 80}")).refusal
    assert issue is not None
    assert len(issue.text) == 80
    assert issue.message.startswith("The code is Ferritin, and its text ")


@pytest.mark.parametrize(
    "analyte", [*builtin().markers.values(), *builtin().context.values()], ids=lambda each: each.id
)
def test_the_name_that_loinc_gives_a_code_needs_no_word(analyte: Analyte) -> None:
    """However it speaks of the specimen or the method."""
    for each in analyte.loinc:
        assert told((each.code, each.name)).notices == (), each.name


def test_a_coding_without_a_code_says_no_more_than_its_display() -> None:
    """It is no code that is unknown, and contradicts none; its display is held against the code like any other."""
    assert told(("2276-4", None), (None, "Ferritin")).marker == "2276-4"
    assert told(("2276-4", None), ("", None)) == told(("2276-4", None))
    assert code_of(told(("2276-4", None), (None, "Iron"))) == "marker-conflict"
    for absent in (None, "", " "):
        found = told((absent, None), text="Ferritin")
        assert (found.marker, said(found)) == ("Ferritin", ["told-by-name"])


def test_a_code_without_a_system_is_loinc_where_it_can_only_be_that() -> None:
    """Shaped like one, known here, and with nothing said of its system; the first is named."""
    for given, codes in (({}, ["code-system-assumed"]), ({"system": LOINC}, []), ({"system": "urn:local"}, None)):
        found = meaning({"coding": [{**given, "code": "2276-4"}]}, builtin())
        assert said(found) == (codes or [])
        assert (found == OTHER) == (codes is None)
    for code in ("ferritin", "Ferritin", "2951-2", ""):
        assert meaning({"coding": [{"code": code}]}, builtin()) == OTHER, code
    two = meaning({"coding": [{"code": "2276-4"}, {"code": "20567-4"}]}, builtin())
    assert said(two) in (["code-system-assumed"], []) or two.refusal is not None
    local = meaning({"coding": [{"code": "2951-2"}], "text": "Ferritin"}, builtin())
    assert (local.marker, said(local)) == ("Ferritin", ["told-by-name"])
    mistyped = meaning({"coding": [{"code": "2276-5"}]}, builtin())
    assert code_of(mistyped) == "code-check-digit"


def test_a_name_under_the_system_of_loinc_is_no_code_of_it() -> None:
    """It is unknown, and beside a text that names a marker that is a contradiction."""
    assert code_of(told(("ferritin", None), text="Ferritin")) == "marker-conflict"
    assert told(("ferritin", None)) == OTHER


def test_the_name_by_which_a_test_was_told_is_the_one_that_says_most() -> None:
    """Of a part and of the whole it is the part; the notice quotes the text that names it."""
    found = told(text="25-hydroxyvitamin D3")
    assert found.found is not None
    assert found.found.partial
    for whole in ("Vitamin D", "25-hydroxyvitamin D"):
        both = meaning({"coding": [{"display": whole}, {"display": "25-hydroxyvitamin D3"}]}, builtin())
        assert both.marker == both.notices[0].text == "25-hydroxyvitamin D3"
        assert said(both) == ["told-by-name"]
    one = meaning({"coding": [{"display": "FERR1"}, {"display": "Ferritin"}]}, builtin())
    assert (one.marker, said(one)) == ("Ferritin", ["told-by-name", "display-unknown"])
    assert one.notices[0].text == "Ferritin"


@pytest.mark.parametrize(
    "wrong",
    [
        "Ferritin",
        5,
        [],
        {"coding": {"code": "2276-4"}},
        {"coding": ["2276-4"]},
        {"coding": [{"code": 5}]},
        {"coding": [{"code": ["2276-4"]}]},
        {"coding": [{"display": {}}]},
        {"text": 5},
        {"coding": [{"code": "2276-4"}] * 51},
    ],
)
def test_a_concept_of_a_wrong_type_is_refused(wrong: object) -> None:
    """Whatever in it is none; nothing at all is no test of ours."""
    assert code_of(meaning(wrong, builtin())) == "fhir-resource"
    assert meaning(None, builtin()) == meaning({}, builtin()) == meaning({"coding": ()}, builtin()) == OTHER
    assert meaning({"coding": [{"code": "2276-4"}] * 50}, builtin()).marker == "2276-4"


def test_what_was_told_is_kept_for_few_and_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same concept is told once; what is longer than a thousand characters, or more than many, is not kept."""
    kept: dict[Any, Meaning] = {}
    monkeypatch.setattr(module, "_kept", kept)
    monkeypatch.setattr(module, "_MOST_KEPT", 2)
    one = {"coding": [{"system": LOINC, "code": "2276-4"}], "text": "Ferritin"}
    first = meaning(one, builtin())
    assert [*kept.values()] == [first]
    assert meaning(one, builtin()) is first
    bare = {"coding": [{"system": LOINC, "code": "2276-4"}]}
    assert meaning(bare, builtin()) is not first
    assert len(kept) == 2
    meaning({"text": "Iron"}, builtin())
    assert len(kept) == 1
    kept.clear()
    for length, is_kept in ((1000, True), (1001, False)):
        for long in (
            {"text": "x" * length},
            {"coding": [{"display": "x" * length}]},
            {"coding": [{"system": "u" * 400, "display": "d" * 300, "code": "c" * 300}], "text": "x" * (length - 1000)},
        ):
            kept.clear()
            meaning(long, builtin())
            assert bool(kept) == is_kept


def test_words_and_texts_are_what_can_be_read() -> None:
    """Words in small letters without what parts them; texts of whatever shape, but for blanks."""
    assert words(" Ferritin, (Serum)-25 ") == {"ferritin", "serum", "25"}
    assert words("") == words(" - ") == set()
    assert words(f"{'a ' * 250}b") == {"a"}  # of a long one the first five hundred characters
    assert texts({"coding": [{"display": "A"}, "B", {"display": " "}], "text": "C"}) == ["A", "B", "C"]
    assert texts([{"text": "A"}, "B", 5, None, " \t"]) == ["A", "B"]
    assert texts("A") == ["A"]
    assert codings({"coding": {"code": "x"}}) == [{"code": "x"}]
    assert codings({"coding": "x"}) == [{"display": "x"}]
    assert codings({}) == codings("x") == codings(None) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2160-0", "Creatinine [Mass/volume] in Urine"),
        ("2160-0", "Creatinine in urine"),
        ("1988-5", "CRP of urine"),
        ("718-7", "Hemoglobin goal"),
    ],
)
def test_a_context_of_urine_or_of_nobody_s_blood_is_no_context(code: str, text: str) -> None:
    """It would say of the blood what was found elsewhere, or what somebody aims at."""
    assert code_of(told((code, text))) == "another-analyte"


def test_a_context_is_measured_in_blood_of_every_kind() -> None:
    """Haemoglobin is measured in blood, and what is measured in serum is also called a blood test."""
    for code, text in (("718-7", "Hemoglobin [Mass/volume] in Venous blood"), ("1988-5", "CRP blood test")):
        assert code_of(told((code, text))) == ""


def test_a_code_counts_behind_a_coding_without_one() -> None:
    """The order of codings says nothing: `2276-4` is read, and no name is needed; `1989-3` beside it is a conflict."""
    behind = told((None, "Ferritin"), ("2276-4", None))
    assert (behind.marker, said(behind)) == ("2276-4", [])
    assert code_of(told(("2276-4", None), (None, "Ferritin"), ("1989-3", None))) == "marker-conflict"
