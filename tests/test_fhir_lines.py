"""NDJSON as a stream, and the command: every line comes back, exactly, and what was refused is said."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import fhir
from rlslabs.cli import main
from rlslabs.errors import ResourceError, WrongTypeError
from rlslabs.fhir import judging
from rlslabs.fhir import lines as lines_module
from rlslabs.fhir.command import Tally
from rlslabs.fhir.exact import dumps, loads

Json = dict[str, Any]

FERRITIN = (
    '{"resourceType": "Observation", "id": "f", "status": "final", "code": {"coding": [{"system": "http://loinc.org", '
    '"code": "2276-4"}]}, "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2024-05-01", '
    '"valueQuantity": {"value": 38.10, "unit": "ng/mL"}}'
)
WOMAN = '{"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-01", "name": [{"text": "N"}]}'
OTHER = '{"resourceType": "Observation", "status": "final", "code": {"text": "Colour"}, "valueString": "\\u0079ellow"}'


# ---------------------------------------------------------------- exact JSON


def test_a_decimal_is_written_as_it_was() -> None:
    """Trailing zeros, exponents and many digits survive; text that looks like one is text."""
    text = '{"a":38.10,"b":[1E+5,0.10000000000000000000001,-0.0,7],"c":"38.10","d":true,"e":null}'
    assert dumps(loads(text)) == text
    assert dumps({"x": Decimal("NaN"), "y": date(2024, 5, 1)}) == '{"x":"NaN","y":"2024-05-01"}'
    assert dumps(loads('["\\ud800\\u00b5"]')) == '["\\ud800µ"]'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_survives(thing: object) -> None:
    """What was read is what is written, whatever the text holds."""
    assert loads(dumps(thing)) == thing


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"\xff{}", "not UTF-8"),
        ("{", "no JSON"),
        ("", "no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "too many digits"),
        ("1e" + "9" * 400, "too many digits"),
    ],
)
def test_what_is_no_json_is_refused_without_its_text(written: str | bytes, words: str) -> None:
    """The message names the place and not the content."""
    with pytest.raises(ResourceError, match=words) as caught:
        loads(written)
    assert len(str(caught.value)) < 200


# ---------------------------------------------------------------- the stream


def test_every_line_comes_back_and_only_a_judged_one_is_changed() -> None:
    """Numbers keep their digits; a line without a result of ours is the same text; empty lines are passed over."""
    first = f"\ufeff{OTHER}\n"
    given: list[str | bytes] = [first, "\n", FERRITIN + "\r\n", "{broken\n", b"\xff\n", f"{WOMAN}"]
    told = list(fhir.annotate_lines(given))
    assert [each.number for each in told] == [1, 3, 4, 5, 6]
    assert told[3].text.encode("utf-8", "surrogateescape") == b"\xff"
    assert told[0].text == first.rstrip("\n")
    assert told[4].text == WOMAN
    assert told[1].text.startswith(FERRITIN[:-1])  # as it was spelled, with more behind it
    assert [each.issue and each.issue.code for each in told] == [None, None, "fhir-resource", "fhir-resource", None]
    assert told[2].text == "{broken"
    (judged,) = told[1].judged
    assert judged.interpretation is not None
    again = list(fhir.annotate_lines(each.text for each in told))
    assert [each.text for each in again] == [each.text for each in told]


def test_a_result_finds_its_patient_in_another_line() -> None:
    """Patients come from their own file or from earlier lines; two that differ under one id are nobody."""

    def bands(*given: str, patients: tuple[str, ...] = ()) -> list[int]:
        found = [one for line in fhir.annotate_lines(given, patients=patients) for one in line.judged]
        return [len(each.interpretation.standard.limits) for each in found if each.interpretation]

    assert bands(FERRITIN) == [3]
    assert bands(WOMAN, FERRITIN) == [1]
    assert bands(FERRITIN, WOMAN) == [3]
    assert bands(FERRITIN, patients=(WOMAN, WOMAN, "{broken", "[]")) == [1]
    assert bands(FERRITIN, patients=(WOMAN, WOMAN.replace("female", "male"))) == [8]  # every age
    clinical = json.loads(WOMAN) | {
        "gender": "male",
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse",
                "extension": [{"url": "value", "valueCodeableConcept": {"coding": [{"code": "female-typical"}]}}],
            },
            {"url": "urn:other"},
        ],
    }
    (line,) = fhir.annotate_lines([FERRITIN], patients=[json.dumps(clinical)])
    assert line.judged[0].observed.patient is not None
    assert line.judged[0].observed.patient.sex == "female"
    (line,) = fhir.annotate_lines([FERRITIN], patients=[json.dumps({**clinical, "extension": []})])
    assert line.judged[0].observed.patient is not None
    assert line.judged[0].observed.patient.sex == "male"


@pytest.mark.unwatched
def test_a_stream_of_any_length_is_read_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty times the lines take no more memory."""
    monkeypatch.setattr(judging, "_kept", {})

    def many(count: int) -> Iterator[str]:
        for number in range(count):
            yield FERRITIN.replace("38.10", f"{10 + number % 300}.5").replace('"f"', f'"f{number}"')

    def peak(count: int) -> int:
        tracemalloc.start()
        judged = sum(len(line.judged) for line in fhir.annotate_lines(many(count)))
        assert judged == count
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(400)
    assert peak(6000) < peak(300) * 1.5 + 100_000


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line has a greatest length."""
    monkeypatch.setattr(lines_module, "LONGEST_LINE", 100)
    (line,) = fhir.annotate_lines([FERRITIN])
    assert line.issue is not None
    assert line.issue.code == "fhir-resource"


# ---------------------------------------------------------------- the command


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run `rlslabs fhir`, and give its exit code and both outputs."""
    done = main(["fhir", *map(str, arguments)])
    said = capsys.readouterr()
    return done, said.out, said.err


def test_the_command_annotates_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document of many lines comes back annotated, with its digits."""
    path = tmp_path / "ferritin.json"
    path.write_text(json.dumps(json.loads(FERRITIN), indent=2).replace("38.1", "38.10"), encoding="utf-8")
    done, out, err = run(capsys, path, "--sex", "female", "--age", "52", "--not-pregnant")
    assert (done, err) == (0, "rlslabs: 1 judged, 0 refused\n")
    assert '"value": 38.10,' in out
    assert json.loads(out)["note"][0]["text"].startswith(
        "Ferritin 38.10 ng/mL is within the standard range (20-328 ng/mL)"
    )


def test_the_command_streams_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NDJSON comes back line by line, from a file, a packed file, or standard input; refusals exit with 1."""
    content = "\n".join([OTHER, FERRITIN, FERRITIN.replace("final", "cancelled"), "{broken"]) + "\n"
    path, packed = tmp_path / "o.ndjson", tmp_path / "o.ndjson.gz"
    path.write_text(content, encoding="utf-8")
    packed.write_bytes(gzip.compress(content.encode()))
    people = tmp_path / "Patient.ndjson"
    people.write_text(WOMAN + "\n", encoding="utf-8")
    outputs = []
    bare = tmp_path / "packed.ndjson"
    bare.write_bytes(packed.read_bytes())
    piped = [content.encode(), packed.read_bytes()]
    for name, read in ((path, b""), (packed, b""), (bare, b""), *(("-", each) for each in piped)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(read)))
        done, out, err = run(capsys, name, "--patients", people)
        assert done == 1
        assert "[fhir-status]" in err
        assert "line 4: This is no JSON" in err
        assert err.endswith("rlslabs: 1 judged, 2 refused\n")
        outputs.append(out)
    assert len(set(outputs)) == 1
    first, second, third, fourth = outputs[0].splitlines()
    assert (first, third, fourth) == (OTHER, FERRITIN.replace("final", "cancelled"), "{broken")
    assert json.loads(second)["referenceRange"][0]["high"]["value"] == 175


def test_the_command_prints_a_table_or_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a result, with what was refused and what is context; or a DiagnosticReport."""
    crp = FERRITIN.replace("2276-4", "1988-5").replace("ng/mL", "mg/L")
    path = tmp_path / "o.ndjson"
    named = [each.replace('"id": "f"', f'"id": "{id_}"') for each, id_ in ((crp, "o-2"), (FERRITIN, "o\\t3"))]
    path.write_text("\n".join([FERRITIN, named[0], named[1].replace("38.10", "null")]), encoding="utf-8")
    done, out, _ = run(capsys, path, "--table")
    assert done == 1
    one, lost = ["1", "Patient/p", "2024-05-01"], "patient-not-found"
    assert [line.split("\t") for line in out.splitlines()] == [
        [
            *("place", "patient", "collected", "marker", "result", "standard", "optimal", "status"),
            *("issues", "assumed", "id"),
        ],
        [*one, "ferritin", "38.10 ng/mL", "within", "below", "below-optimal", lost, "adult not-pregnant", "f"],
        ["2", *one[1:], "crp", "", "", "", "context", lost, "", "o-2"],
        ["3", *one[1:], "ferritin", "", "", "", "refused [missing-value]", "", "", "o?3"],
    ]
    whole = tmp_path / "bundle.json"
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": json.loads(FERRITIN)}]}
    whole.write_text(json.dumps(bundle, indent=1), encoding="utf-8")
    done, out, _ = run(capsys, whole, "--table", "--standard", "mayo", "--strict")
    assert out.splitlines()[1].split("\t")[0] == "entry[0].resource"
    done, out, _ = run(capsys, whole, "--report")
    assert (done, json.loads(out)["resourceType"]) == (0, "DiagnosticReport")


def test_the_command_refuses_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No JSON, a wrong option and a missing file are told apart by the exit code."""
    path = tmp_path / "x.json"
    path.write_text("[\n{", encoding="utf-8")
    assert run(capsys, path)[0] == 2
    path.write_text("[\n5]", encoding="utf-8")
    assert run(capsys, path)[0] == 2
    path.write_text(FERRITIN, encoding="utf-8")
    assert run(capsys, path, "--standard", "nowhere")[0] == 2
    assert run(capsys, tmp_path / "none.json")[0] == 2


def test_refusals_without_end_are_counted_and_not_all_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The first twenty are named; the last line says how many there were."""
    path = tmp_path / "o.ndjson"
    path.write_text("\n".join([FERRITIN.replace("final", "cancelled")] * 50), encoding="utf-8")
    _, _, err = run(capsys, path)
    assert len(err.splitlines()) == 21
    assert err.endswith("rlslabs: 0 judged, 50 refused (30 of them not shown; --table shows all)\n")


def test_progress_is_shown_on_a_terminal_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bar for a file whose size is known, the lines for another, nothing for a pipe."""
    path, packed = tmp_path / "o.ndjson", tmp_path / "o.ndjson.gz"
    path.write_text("x" * 100, encoding="utf-8")
    packed.write_bytes(b"x")
    for name, quiet, expected in ((path, False, "[###############"), (packed, False, "\r[] "), (path, True, "")):
        with path.open("rb") as file:
            file.read(50)
            tally = Tally(file, str(name), quiet=quiet, stream=True)
            tally.count((), 999)
            tally.count((), 1000)
            err = capsys.readouterr().err
            assert expected in err
            assert bool(err) == (not quiet)
            tally.end()
            assert capsys.readouterr().err.endswith("rlslabs: 0 judged, 0 refused\n")


@pytest.mark.parametrize(
    "content",
    [
        "\n" + OTHER + "\n" + FERRITIN + "\n",
        "{broken\n" + OTHER + "\n" + FERRITIN + "\n",
        "\ufeff\n\n" + FERRITIN,
        FERRITIN + "\n{broken",
    ],
)
def test_a_stream_is_known_by_its_first_lines(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Blank lines and a broken first line do not make a document of it."""
    path = tmp_path / "lines.txt"
    path.write_text(content, encoding="utf-8")
    _, out, err = run(capsys, path)
    assert "1 judged" in err
    assert len(out.splitlines()) == len([line for line in content.strip("\ufeff").splitlines() if line])


@pytest.mark.parametrize("name", ["o.ndjson", "o.jsonl", "o.ndjson.gz"])
def test_a_stream_is_known_by_its_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever its first lines are."""
    path = tmp_path / name
    content = ("{broken\n{broken,\n" + FERRITIN).encode()
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert "1 judged, 2 refused" in run(capsys, path)[2]


@pytest.mark.parametrize("written", [[json.loads(FERRITIN)], {"resourceType": "Bundle", "entry": []}])
def test_a_document_is_known_by_a_line_that_ends_in_its_midst(
    written: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An array, or an object over several lines; one that ends is a document that nobody can read."""
    path = tmp_path / "o.json"
    path.write_text("\n" + json.dumps(written, indent=1), encoding="utf-8")
    assert run(capsys, path)[0] == 0
    entry = '{"resourceType": "Bundle", "entry": [\n{"resource": ' + FERRITIN + "}\n]}"
    path.write_text(entry, encoding="utf-8")
    assert "1 judged" in run(capsys, path)[2]
    path.write_text("{broken\nbroken", encoding="utf-8")
    assert run(capsys, path)[0] == 2
    path.write_text("5", encoding="utf-8")
    assert run(capsys, path)[0] == 2
    path.write_text("", encoding="utf-8")
    assert run(capsys, path)[0] == 2


def test_a_packed_file_that_is_cut_or_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and shows no traceback."""
    path = tmp_path / "o.ndjson.gz"
    whole = gzip.compress((FERRITIN + "\n").encode() * 200)
    for content in (whole[:-20], b"no gzip at all", whole[:30] + b"\0" * 50):
        path.write_bytes(content)
        done, _, err = run(capsys, path)
        assert done == 2
        assert "no whole gzip" in err


def test_a_name_that_stands_twice_is_refused() -> None:
    """Of two values nobody knows which is meant; a line that holds nothing of ours comes back as it was."""
    for twice in ('"status":"entered-in-error","status":"final"', '"status":"final","a":{"b":1,"b":2}'):
        text = FERRITIN.replace('"status":"final"', twice).replace('"status": "final"', twice)
        assert twice in text
        with pytest.raises(ResourceError, match="twice"):
            loads(text)
        (line,) = fhir.annotate_lines([text])
        assert (line.issue and line.issue.code, line.text) == ("fhir-resource", text)
    other = OTHER.replace("{", '{"id":"a","id":"b",', 1)
    (line,) = fhir.annotate_lines([other])
    assert (line.issue, line.text) == (None, other)


def test_a_pregnancy_in_which_a_name_stands_twice_is_refused() -> None:
    """Nobody knows whether it was withdrawn, so it is not heard either."""
    status = json.dumps(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2024-05-01",
            "valueBoolean": True,
        }
    )
    twice = status.replace('"status"', '"status": "entered-in-error", "status"')
    _, line = fhir.annotate_lines([status, FERRITIN])
    assert line.judged[0].observed.cases[0].patient.pregnant is True
    refused, line = fhir.annotate_lines([twice, FERRITIN])
    assert refused.issue is not None
    assert refused.issue.code == "fhir-resource"
    assert line.judged[0].observed.cases[0].patient.pregnant is None


def test_what_is_too_deep_to_be_written_is_refused() -> None:
    """Reading goes deeper than writing."""
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    for indent in (None, 2):
        with pytest.raises(ResourceError, match="written"):
            dumps(deep, indent=indent)
    while deep:
        deep = deep["a"]


def test_long_texts_are_not_kept_and_unknown_ones_are_not_looked_up_near() -> None:
    """What stands beside codes is not remembered beyond what a code is long, and no near names are looked for."""
    tracemalloc.start()
    for number in range(200):
        made = json.loads(FERRITIN)
        made["code"] = {"text": f"{number} " + "x" * 50_000}
        fhir.read(made)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 2_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("difflib.get_close_matches", None)
        made = json.loads(FERRITIN)
        made["code"] = {"coding": [{"code": "8480-6", "display": "Systolic"}], "text": "pressure"}
        assert fhir.read(made).passed_over == 1


def test_a_report_reads_the_lines_of_an_export_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the patients of their own file; a line that is none is refused and the others are read."""
    path, people = tmp_path / "o.ndjson", tmp_path / "p.ndjson"
    stopped = FERRITIN.replace("final", "cancelled").replace('"f"', '"g"')
    twice = FERRITIN.replace('"f"', '"h"').replace("2024", "2023").replace("38.10", "20000000")
    path.write_text(f"{FERRITIN}\n{{broken\n\n{stopped}\n{twice}", encoding="utf-8")
    people.write_text(WOMAN + "\n{", encoding="utf-8")
    done, out, err = run(capsys, path, "--report", "--patients", people)
    assert done == 1
    told = json.loads(out)
    assert told["resourceType"] == "DiagnosticReport"
    assert "Refused: Ferritin of 2024-05-01 (Observation/g): " in told["conclusion"]
    assert "line 2: This is no JSON" in err
    assert "line of the patients 2: " in err
    assert "rlslabs: Ferritin: The status" in err
    assert 'rlslabs: Ferritin: Ferritin "20000000"' in err
    assert err.endswith("rlslabs: 1 judged, 4 refused\n")


def test_the_patients_of_a_document_may_stand_in_their_own_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where they are forgotten the command says so, in a stream and in a document."""
    whole, stream, people = tmp_path / "o.json", tmp_path / "o.ndjson", tmp_path / "p.ndjson"
    whole.write_text(json.dumps([json.loads(FERRITIN)], indent=1), encoding="utf-8")
    stream.write_text(f"{FERRITIN}\n{FERRITIN}", encoding="utf-8")
    people.write_text("\ufeff" + WOMAN, encoding="utf-8")
    for path in (whole, stream):
        assert "patient-not-found" not in run(capsys, path, "--patients", people)[2]
    assert "rlslabs: 1 result names a patient who is not here; give them in --patients." in run(capsys, whole)[2]
    assert "rlslabs: 2 results name a patient who is not here; give them in --patients." in run(capsys, stream)[2]
    assert "1 result names" in run(capsys, stream, "--report")[2]  # the copies are one


def test_a_refusal_in_a_document_is_named_by_its_path_and_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document has no lines that anybody counts; a stream has."""
    path = tmp_path / "o.json"
    path.write_text(json.dumps([json.loads(FERRITIN.replace("final", "cancelled"))], indent=1), encoding="utf-8")
    assert "rlslabs: [0] (Ferritin): The status" in run(capsys, path)[2]


def test_the_command_exports_our_ranges_and_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """As a Bundle of resources of the release that was asked for."""
    for release, name in (("R4", "qualifiedInterval"), ("R5", "qualifiedValue")):
        assert main(["fhir", "--export", release]) == 0
        entries = json.loads(capsys.readouterr().out)["entry"]
        kinds = [each["resource"]["resourceType"] for each in entries]
        assert kinds == ["ObservationDefinition"] * 6 + ["CodeSystem", "ValueSet"]
        assert name in entries[0]["resource"]


def test_patients_are_heard_in_bundles_and_never_read_twice() -> None:
    """A Bundle in a line tells its patients; one whose birth stands twice is refused and tells nothing."""
    child = {**json.loads(WOMAN), "id": "q"}
    inner = {"resourceType": "Bundle", "entry": [{"resource": {**json.loads(WOMAN), "contained": [child]}}]}
    held = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]})
    for patients in ((held,), ("\ufeff" + WOMAN,), (WOMAN.encode(),)):
        (line,) = fhir.annotate_lines([FERRITIN], patients=patients)
        assert line.judged[0].observed.notices == ()
    twice = WOMAN.replace('"name"', '"birthDate": "2015-01-01", "name"')
    refused, line = fhir.annotate_lines([twice, FERRITIN])
    assert refused.issue is not None
    assert [each.code for each in line.judged[0].observed.notices] == ["patient-not-found"]
    (line,) = fhir.annotate_lines([FERRITIN], patients=[twice])
    assert [each.code for each in line.judged[0].observed.notices] == ["patient-not-found"]


def entered(patient: Json, url: str) -> str:
    """A line with a Bundle of one patient, whose entry says where it comes from."""
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": url, "resource": patient}]}
    )


def test_a_patient_of_an_earlier_line_is_told_by_id_and_server() -> None:
    """One without an id is nobody's, and one of another server is another one, also where its id is the same."""
    woman = json.loads(WOMAN)
    nameless = json.dumps({name: part for name, part in woman.items() if name != "id"})
    here, there = ("http://a.example/fhir/Patient/p", "http://b.example/fhir/Patient/p")
    absolute = FERRITIN.replace("Patient/p", here)

    def known(*lines: str) -> bool:
        *_, last = fhir.annotate_lines(lines)
        return "patient-not-found" not in [each.code for each in last.judged[0].observed.notices]

    assert not known(nameless, FERRITIN.replace("Patient/p", "Patient/None"))
    assert known(entered(woman, here), absolute)
    assert not known(entered(woman, there), absolute)
    assert known(WOMAN, absolute)
    assert known(entered(woman, there), FERRITIN)  # nothing says where it is
    assert known(entered(woman, there), entered(woman, here), absolute)
    (line,) = list(fhir.annotate_lines([entered(woman, there), entered({**woman, "gender": "male"}, here), absolute]))[
        2:
    ]
    assert line.judged[0].observed.cases[0].strict


@pytest.mark.parametrize("line", [5, None, {"resourceType": "Observation"}, bytearray(b"{}")])
def test_a_line_that_is_no_text_is_refused(line: Any) -> None:  # noqa: ANN401  that is the point
    """A resource that was read already is no line, of results as of patients."""
    with pytest.raises(WrongTypeError, match="line of JSON"):
        list(fhir.annotate_lines([line]))
    with pytest.raises(WrongTypeError, match="line of JSON"):
        fhir.annotate_lines([], patients=[line])


@pytest.mark.parametrize(
    "call",
    [
        lambda: fhir.observation_definitions(release="STU3"),  # type: ignore[arg-type]  # that is the point
        lambda: fhir.annotate({}, notes="long"),  # type: ignore[arg-type]  # the same
        lambda: fhir.annotate(json.loads(FERRITIN), patient="female"),  # type: ignore[arg-type]  # the same
        lambda: fhir.judge(json.loads(FERRITIN), patient={"sex": "female"}),  # type: ignore[arg-type]  # the same
        lambda: fhir.panels([], patient="female"),  # type: ignore[arg-type]  # the same
        lambda: fhir.annotate_lines("bundle.json"),
        lambda: fhir.annotate_lines([], patients="Patient.ndjson"),
        lambda: fhir.annotate_lines([], notes="long"),  # type: ignore[arg-type]  # the same
        lambda: fhir.annotate_lines([], patient="female"),  # type: ignore[arg-type]  # the same
    ],
)
def test_an_argument_that_is_none_is_refused_before_anything_is_read(call: Any) -> None:  # noqa: ANN401  a call
    """A typo is an error, and never another choice."""
    with pytest.raises(WrongTypeError):
        call()


def test_what_is_known_of_patients_may_stand_in_several_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of them is heard, in whatever order they are named; a pregnancy is one whichever file tells it."""
    people, told, results = (tmp_path / name for name in ("Patient.ndjson", "Condition.ndjson", "o.ndjson"))
    people.write_text(WOMAN + "\n", encoding="utf-8")
    condition = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "Pregnancy"},
        "onsetDateTime": "2024-03-01",
        "abatementDateTime": "2024-08-01",
    }
    told.write_text(json.dumps(condition) + "\n", encoding="utf-8")
    results.write_text(FERRITIN + "\n", encoding="utf-8")
    for one, two in ((people, told), (told, people)):
        _, out, _ = run(capsys, results, "--patients", one, "--patients", two)
        assert "ranges for adults do not hold in pregnancy" in out
    assert "within the standard range" in run(capsys, results, "--patients", people)[1]
