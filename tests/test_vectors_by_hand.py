"""The vectors whose answer a person wrote: FHIR, HL7 v2, and worked results and panels; and bugs that they catch."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest

from rlslabs import population
from rlslabs.errors import NOTICES, LabsError
from rlslabs.golden import answer, conform, vector_file
from rlslabs.golden.conformance import fields_of
from rlslabs.golden.forms import AnsweredForm, AskedFhir
from rlslabs.golden.hand import MEN
from rlslabs.golden.telling import report_lines
from rlslabs.golden.vectors import Vector

ROOT = Path(__file__).parents[1]
VECTORS = vector_file().vectors
BY_HAND = {each.id: each for each in VECTORS if each.kind in {"fhir", "hl7v2", "worked"}}
FORMS = {kind: [each for each in BY_HAND.values() if each.kind == kind] for kind in ("fhir", "hl7v2")}
ELSEWHERE = {
    "sheet",  # of a file, not of a result
    *("catalog", "does-not-hold", "unreachable", "missing-extra", "conformance", "sample"),  # of no result at all
    "wrong-type",  # of Python's own types, which no JSON and no message holds
    "unknown-circumstance",  # refuses the whole panel
    "cds-hook",  # of a request that holds FHIR
    *("frame", "not-read-by-engine"),  # of tables
}
"""Codes that neither a question nor a resource nor a message can meet."""


def asked(vector: Vector) -> dict[str, Any]:
    """The question as plain data."""
    said = json.loads(vector.input.model_dump_json(exclude_none=True))
    assert isinstance(said, dict)
    return said


def compared(vector: Vector, said: dict[str, Any]) -> dict[str, Any]:
    """What is compared of an answer."""
    return {name: part for name, part in said.items() if name in vector.compare} if vector.compare else said


def expected(vector: Vector) -> dict[str, Any]:
    """The answer that was written by hand."""
    said = json.loads(vector.expect.model_dump_json(exclude_none=True))
    assert isinstance(said, dict)
    return compared(vector, said)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_answer_is_the_one_that_was_written_by_hand(name: str) -> None:
    """What is read and judged of a result, panel, resource or message is what a person worked out."""
    vector = BY_HAND[name]
    assert compared(vector, answer(asked(vector))) == expected(vector)


class _AnyDay(type(date)):  # type: ignore[misc]  # the class of a class
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, date)


@pytest.mark.unwatched
@pytest.mark.parametrize("year", [2031, 2060, 2079])
def test_no_answer_that_was_worked_out_changes_with_the_day_on_which_it_is_asked(
    year: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a birth without a day of collection leaves every age open that somebody can have had by now."""

    class Later(date, metaclass=_AnyDay):
        @classmethod
        def today(cls) -> Self:
            return cls(year, 7, 1)

    monkeypatch.setattr(population, "date", Later)
    assert population.age_by_now(date(1970, 1, 1)).end > 60 * population.TICKS["a"]
    for vector in BY_HAND.values():
        if vector.kind == "worked":
            assert compared(vector, answer(asked(vector))) == expected(vector), vector.id


@pytest.mark.parametrize(
    "module",
    [
        *("hand", "workedcases", "writtencases", "ownranges", "whocases", "workedpanels", "samplecases"),
        *("unknowncases", "tonguecases", "panelcases", "declaredcases", "openside", "openages"),
        *("fhircases", "fhirrefusals", "fhirstanding", "otherpeople", "hl7cases", "hl7people"),
    ],
)
def test_no_answer_by_hand_can_come_from_what_it_is_to_test(module: str) -> None:
    """The modules that hold them import nouns alone, and nothing that reads or judges."""
    path = ROOT / "src" / "rlslabs" / "golden" / f"{module}.py"
    nouns = {"rlslabs.facts", "rlslabs.model", "rlslabs.golden.forms", "rlslabs.golden.question"}
    own = {f"rlslabs.golden.{name}" for name in ("hand", "fhircases", "hl7cases", "workedpanels")}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [each.name for each in node.names]
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("rlslabs"):
            assert node.module in nouns | own
            assert node.module in own or all(each.name[0].isupper() for each in node.names)


def test_every_answer_by_hand_says_its_arithmetic_and_its_pages() -> None:
    """What was printed, and the section that it was read in; every judged result also how it was compared."""
    for vector in BY_HAND.values():
        (step,) = vector.derivation
        assert step.printed
        assert step.sources
        assert all(each.startswith(("knowledge: ", "conventions: ")) for each in step.sources)
        rows = vector.expect.results.values() if isinstance(vector.expect, AnsweredForm) else ()
        if any(row.status for row in rows) or vector.kind == "worked":
            assert step.compared, vector.id


def codes(kind: type[LabsError]) -> set[str]:
    """The codes of an error and of every error below it."""
    below = {code for each in kind.__subclasses__() for code in codes(each)}
    return below | ({kind.code} if "code" in vars(kind) else set())


def met(vector: Vector) -> set[str]:
    """Every code in an answer."""
    said = vector.expect.model_dump()
    found = {said.get("refused"), *said.get("issues", ()), *said.get("remarks", ())}
    for row in said["results"].values() if isinstance(vector.expect, AnsweredForm) else ():
        found |= {row["refused"], row["left_out"], *row["issues"]}
    return found - {None}


def test_every_code_that_a_result_can_meet_has_a_vector() -> None:
    """In the plain form, in FHIR or in HL7 v2; what is said of no result is listed by hand."""
    known = codes(LabsError) | set(NOTICES)
    assert {code for vector in VECTORS for code in met(vector)} == known - ELSEWHERE


def test_a_code_in_the_name_of_a_vector_is_met_by_it_and_nothing_else_is_refused_under_it() -> None:
    """A refusal is by its code and a notice with it, as the name of the vector says."""
    for vector in [each for form in FORMS.values() for each in form]:
        _, kind, code, *_ = vector.id.split("/")
        rows = vector.expect.results.values() if isinstance(vector.expect, AnsweredForm) else ()
        refused = {row.refused for row in rows if row.refused} - {"unknown-marker"}
        if kind == "refusal":
            assert code in met(vector), vector.id
            assert refused <= {code}
        elif kind == "notice":
            assert (code in met(vector)) == (code != "none"), vector.id
            assert not refused


@pytest.mark.parametrize("form", FORMS)
def test_every_marker_and_every_status_stands_in_each_form(form: str) -> None:
    """One judged case for each marker and kind of unit, and one for each status and code of HL7."""
    rows = [
        row for each in FORMS[form] if isinstance(each.expect, AnsweredForm) for row in each.expect.results.values()
    ]
    kinds = {(row.marker, "mol" in str(row.unit), row.unit == "1") for row in rows if row.status}
    moles = {(marker, True, False) for marker in MEN} - {("transferrin_saturation", True, False)}
    assert kinds == {(marker, False, False) for marker in MEN} | moles | {("transferrin_saturation", False, True)}
    assert {row.status for row in rows if row.status} == {
        *("low", "below-optimal", "optimal", "above-optimal", "high", "undecided", "no-range")
    }
    assert {code for row in rows for code in row.hl7} == {"L", "N", "H", "<", ">"}


def test_men_are_asked_on_every_limit_of_every_marker() -> None:
    """Each end of both ranges, as the knowledge prints it, is a value of a man of 40 and so is what lies beside it."""
    for marker, printed in MEN.items():
        values = {Decimal(BY_HAND[name].input.results[0].value) for name in BY_HAND if f"worked/man/{marker}/" in name}  # type: ignore[union-attr, arg-type]  # a question with a value
        ranges = [part.split()[1] for part in printed.split(", ")]
        low, high, best, most = (Decimal(end) for part in ranges for end in part.split("-"))
        step = Decimal("0.1")
        assert {low, low - step, high, high + step, best, best - step, most, most + step} <= values


def test_the_rules_that_were_to_be_worked_by_hand_are_decided_both_ways() -> None:
    """Inflammation, dialysis and children, each yes and no, beside each other rule of their panels."""
    said: dict[str, set[str]] = {}
    for vector in BY_HAND.values():
        for name, each in vector.expect.model_dump().get("rules", {}).items():
            said.setdefault(name, set()).add(each)
    for name in ("inflammation-pattern", "aasm-2025/esrd-iron", "aasm-2025/child-iron", "irlssg-2018/overload-stop"):
        assert {"yes", "no"} <= said[name]
    assert all({"yes", "no"} <= each for name, each in said.items() if name != "high-ferritin-without-high-saturation")


# ---------------------------------------------------------------- conformance

OUR_OWN = [sys.executable, "-m", "rlslabs", "answer"]
SAYS_NO = (
    "import sys, json\nfor line in sys.stdin:\n    said = json.loads(line)\n"
    "    form = next((name for name in ('fhir', 'hl7v2') if name in said['input']), 'fhir')\n"
    "    print(json.dumps({'id': said['id'], 'answer': {'not_done': form}}))"
)
SOME = [*FORMS["fhir"][:3], *FORMS["hl7v2"][:2]]
PLAIN = [each for each in VECTORS if each.kind == "limit"][:4]


@pytest.mark.unwatched
def test_our_own_answers_conform_in_every_form() -> None:
    """Over the wire as well, with the deepest resource and the characters beyond ASCII."""
    report = conform(OUR_OWN, BY_HAND.values())
    assert report.conforms
    assert not report.not_done
    assert list(report_lines(report))[-1] == "conforms"


def test_a_form_that_is_not_done_is_counted_apart_and_is_no_difference() -> None:
    """It is said of a resource or message alone; of a plain question it is a wrong answer."""
    report = conform([sys.executable, "-c", SAYS_NO], [*SOME, *PLAIN], fields=["status"])
    assert (report.not_done, len(report.differences)) == ({"fhir": 3, "hl7v2": 2}, 4)
    assert list(report_lines(report))[:3] == ["fhir: 3 not done", "hl7v2: 2 not done", "limit: 0 of 4 agree"]


def test_what_does_nothing_does_not_conform() -> None:
    """Where everything that was asked was left undone, nothing was shown."""
    report = conform([sys.executable, "-c", SAYS_NO], SOME)
    assert not report.conforms
    assert list(report_lines(report))[-1] == "does not conform: nothing was asked and answered"


def test_the_other_form_is_not_what_was_not_done() -> None:
    """To say of a FHIR resource that HL7 v2 is not done is no answer."""
    program = SAYS_NO.replace("form = next", "form = {'fhir': 'hl7v2', 'hl7v2': 'fhir'}[next").replace(
        "'fhir')\n", "'fhir')]\n"
    )
    report = conform([sys.executable, "-c", program], SOME)
    assert not report.not_done
    assert {each.vector.id for each in report.differences} == {each.id for each in SOME}


def test_what_conforms_without_a_form_says_so() -> None:
    """The last line names what was left out."""
    program = SAYS_NO.replace(
        "{'not_done': form}", "{'not_done': form} if form in said['input'] else " + repr(expected(PLAIN[0]))
    )
    report = conform([sys.executable, "-c", program], [*SOME, PLAIN[0]])
    assert report.conforms
    assert list(report_lines(report))[-1] == "conforms, without fhir and hl7v2"


def test_without_its_extra_our_own_answer_is_that_hl7_v2_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that splits segments comes with an extra; a program without it can still be held to the rest."""
    monkeypatch.setitem(sys.modules, "hl7", None)
    assert answer(asked(FORMS["hl7v2"][0])) == {"not_done": "hl7v2"}


def test_a_field_is_compared_in_each_result_of_a_resource() -> None:
    """A wrong status is found by its path, another field is let be, and a vector without the field is not asked."""
    vector = FORMS["fhir"][0]
    said = expected(vector)
    (where,) = said["results"]
    said["results"][where] |= {"status": "high", "unit": "mg/L"}
    program = f"import json; print(json.dumps({{'id': {vector.id!r}, 'answer': {said!r}}}))"
    worked = BY_HAND["worked/dialysis/both"]
    report = conform([sys.executable, "-c", program], [vector, worked], fields=["status"])
    assert [(each.path, each.answered) for each in report.differences] == [(f"results.{where}.status", "high")]
    assert dict(report.asked) == {"fhir": 1}
    assert fields_of(worked) == {"rules", "remarks"}


# ---------------------------------------------------------------- a bug for each form, as somebody else's software


def resources(found: object) -> list[dict[str, Any]]:
    """Every object in a resource, at any depth."""
    if isinstance(found, list):
        return [each for part in found for each in resources(part)]
    if not isinstance(found, dict):
        return []
    return [found, *(each for part in found.values() for each in resources(part))]


def without(kind: str, *names: str) -> Callable[[dict[str, Any]], None]:
    """Software that does not look at something."""

    def change(resource: dict[str, Any]) -> None:
        for each in resources(resource):
            if kind in {each.get("resourceType"), "any"}:
                for name in names:
                    each.pop(name, None)

    return change


def all_final(resource: dict[str, Any]) -> None:
    """The status is not looked at."""
    for each in resources(resource):
        if each.get("resourceType") == "Observation":
            each["status"] = "final"


def born_later(resource: dict[str, Any]) -> None:
    """The age is counted to another day than that of the collection."""
    for each in resources(resource):
        if "effectiveDateTime" in each:
            each["effectiveDateTime"] = "2026-11-22"


def own_unit(resource: dict[str, Any]) -> None:
    """An unknown unit is passed through."""
    for each in resources(resource):
        if each.get("unit") == "mg/L":
            each |= {"unit": "ng/mL", "code": "ng/mL"}


def only_men(resource: dict[str, Any]) -> None:
    """Whoever is unknown is a man."""
    for each in resources(resource):
        if each.get("resourceType") == "Patient" and each.get("gender") != "female":
            each["gender"] = "male"


FHIR_BUGS: dict[str, Callable[[dict[str, Any]], None]] = {
    "a comparator is not looked at": without("any", "comparator"),
    "an entered-in-error result is judged": all_final,
    "a modifier is not looked at": without("Observation", "modifierExtension", "implicitRules"),
    "the printed range is not looked at": without("Observation", "referenceRange"),
    "a target is taken for a standard range": without("any", "type"),
    "a range for women is a man's": without("any", "appliesTo"),
    "the specimen is not looked at": without("Observation", "specimen"),
    "components are not looked at": without("Observation", "component"),
    "the code of a unit is not held against its words": without("any", "unit"),
    "an unknown unit is passed through": own_unit,
    "a pregnant woman is judged by an adult range": without("any", "valueCodeableConcept"),
    "age as of today": born_later,
    "whoever is unknown is a man": only_men,
}
HL7_BUGS: dict[str, tuple[str, str]] = {
    "a comparator is not looked at": ("|<^", "|^"),
    "a comparator in OBX-8 is not looked at": ("||<|||", "|||||"),
    "a result posted as wrong is judged": ("||||W\r", "||||F\r"),
    "a correction is not told from a second result": ("||||C\r", "||||F\r"),
    "a cancelled order is judged": (f"{'|' * 18}X\r", "\r"),
    "the printed range is not looked at": ("|30-400|", "||"),
    "the specimen is not looked at": ("SPM|", "ZPM|"),
    "an unknown unit is passed through": ("|mg/L^^UCUM|", "|ng/mL^^UCUM|"),
    "a second unit is not looked at": ("^pmol/L^^L", ""),
    "a name beside a code is not looked at": ("2276-4^Iron^LN", "2276-4^^LN"),
    "a pregnant woman is judged by an adult range": ("LA15173-0", "LA26683-5"),
    "whoever is unknown is a man": ("19840310|U", "19840310|M"),
    "a number is text, whose point may group thousands": ("|NM|", "|ST|"),
    "a broken segment is read as far as it goes": ("||3\r8|ng", "||3|ng"),
    "any message holds results": ("ADT^A01^ADT_A01", "ORU^R01^ORU_R01"),
}


@pytest.mark.parametrize("bug", FHIR_BUGS)
def test_the_vectors_catch_each_bug_of_a_reader_of_fhir(bug: str) -> None:
    """Software that does not look at something answers a vector otherwise than it expects."""

    def differs(vector: Vector) -> bool:
        question = asked(vector)
        FHIR_BUGS[bug](question["fhir"])
        return answer(question) != expected(vector)

    assert any(map(differs, reversed(FORMS["fhir"])))


@pytest.mark.parametrize("bug", HL7_BUGS)
def test_the_vectors_catch_each_bug_of_a_reader_of_hl7_v2(bug: str) -> None:
    """The same, in messages; each bug changes something that stands in one of them."""
    old, new = HL7_BUGS[bug]
    messages = [(each, asked(each)["hl7v2"]) for each in FORMS["hl7v2"]]
    altered = [(each, text.replace(old, new)) for each, text in messages if old in text]
    assert any(answer({"hl7v2": text}) != expected(each) for each, text in altered)


def test_the_resources_hold_what_json_holds_and_nothing_deeper_than_a_usual_reader_takes() -> None:
    """Only the one vector about nesting is deeper than any resource that is meant."""

    def depth(found: object) -> int:
        parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        return 1 + max(map(depth, parts), default=0)

    deep = {each.id for each in FORMS["fhir"] if isinstance(each.input, AskedFhir) and depth(each.input.fhir) > 20}
    assert deep == {"fhir/refusal/fhir-nesting/contained"}
