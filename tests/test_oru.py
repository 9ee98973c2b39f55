"""An ORU^R01 message: whose results they are, which order and specimen they belong to, and which of them stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rlslabs import Patient, hl7v2
from rlslabs.catalog import Catalog
from rlslabs.hl7v2.er7 import Fields, Line, Splitter
from rlslabs.hl7v2.oru import MOST_RESULTS
from rlslabs.hl7v2.received import Message, Segment

HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5"
PID = "PID|1||1||A^B||19720101|F"
OBR = "OBR|1|||||20240530|20240531"
GUESSED = "character-set-guessed"
STATUS = "result-status"
OBX = "OBX|1|NM|2276-4^Ferritin^LN||38|ng/mL|||||F"


def read(*segments: str, header: str = HEADER) -> Message:
    """One message of these segments."""
    (message,) = hl7v2.read("\r".join([header, *segments]))
    return message


def only(message: Message) -> Segment:
    """The only OBX segment of a message."""
    (segment,) = (each for report in message.reports for each in report.segments)
    return segment


def codes(message: Message) -> list[str]:
    """The issue code of every OBX segment, or nothing where its result was read."""
    return [each.issue.code if each.issue else "" for report in message.reports for each in report.segments]


@pytest.mark.parametrize("version", ["2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.8", ""])
def test_every_version_is_read_alike(version: str) -> None:
    """From 2.2, whose type needs no event, to what came after 2.6."""
    message = read(PID, OBR, OBX, header=f"MSH|^~\\&|LAB||||20240531||ORU|1|P|{version}")
    assert (message.version, message.type, codes(message)) == (version, "ORU", [""])


@pytest.mark.parametrize("kind", ["ADT^A01", "ORU^R30", "OUL^R22", "", "ORM^O01", "MDM^T02"])
def test_another_message_holds_no_results(kind: str) -> None:
    """Only ORU^R01 is read; another one is refused as a whole, with its type."""
    message = read(PID, OBR, OBX, header=f"MSH|^~\\&|LAB||||20240531||{kind}|1|P|2.5")
    assert message.reports == ()
    assert [issue.code for issue in message.issues] == ["message-unreadable"]


def test_a_message_type_with_a_structure_is_the_same() -> None:
    """MSH-9 of three components is ORU^R01 too."""
    assert codes(read(PID, OBX, header="MSH|^~\\&|LAB||||20240531||ORU^R01^ORU_R01|1|P|2.5.1")) == [""]


@pytest.mark.parametrize(
    ("pid", "patient"),
    [
        ("PID|1||1||A^B||19720101|F", Patient(sex="female", born=date(1972, 1, 1))),
        ("PID|1||1||A^B||197201010815+0100|M^Male^HL70001", Patient(sex="male", born=date(1972, 1, 1))),
        *((f"PID|1||1||A^B|||{code}", Patient()) for code in ("A", "O", "U", "N", "", '""')),
        ('PID|1||1||A^B||""|f', Patient(sex="female")),
        ("PID|1", Patient()),
    ],
)
def test_sex_and_birth_are_read_from_pid(pid: str, patient: Patient) -> None:
    """PID-7 to the day and PID-8; ambiguous, other, unknown and not applicable are unknown."""
    (report,) = read(pid, OBR, OBX).reports
    assert (report.patient, report.issue) == (patient, None)


@pytest.mark.parametrize(
    ("pid", "code"),
    [
        *(("PID|1||1||A^B||1972|F", "unreadable-date"), ("PID|1||1||A^B||19721301|F", "unreadable-date")),
        *(("PID|1||1||A^B||19720101|Q", "unknown-sex-code"), ("PID|1||1||A^\nB||20150101|F", "segment-unreadable")),
    ],
)
def test_facts_that_cannot_be_read_refuse_the_results(pid: str, code: str) -> None:
    """A child whose birth is given to the year is not judged as an adult; other tests keep their own reason."""
    message = read(pid, OBR, OBX, "OBX|2|NM|^Glucose^L||5|mmol/L|||||F")
    (report,) = message.reports
    assert report.issue is not None
    assert (report.issue.code, codes(message), report.results) == (code, [code, "unknown-marker"], ())


def test_pregnancy_is_read_from_the_ambulatory_status() -> None:
    """B6 in any repetition of PV1-15; a pregnant woman is not judged by the ranges of others."""
    pv1 = "PV1|1|" + "|" * 13 + "A0~B6^Pregnant^HL70009"
    (report,) = read(PID, pv1, OBR, OBX).reports
    assert report.patient.pregnant is True
    (judged,) = hl7v2.interpret(f"{HEADER}\r{PID}\r{pv1}\r{OBR}\r{OBX}")
    assert judged.panels[0].interpretations[0].standard.position == "no-range"
    assert codes(read("PID|1||1||A^B||19720101|M", pv1, OBR, OBX)) == ["patient-conflict"]
    (other,) = read(PID, "PV1|1|" + "|" * 13 + "A0", OBR, OBX).reports
    assert other.patient.pregnant is None


@pytest.mark.parametrize(
    ("coded", "answer", "status", "pregnant"),
    [
        *(("82810-3^Pregnancy status^LN", "LA15173-0^Pregnant^LN", "F", True), ("82810-3", "LA26683-5", "", False)),
        *(("X^y^L^82810-3^z^LN", "77386006^Pregnant^SCT", "P", True), ("82810-3^^LN", "Not pregnant", "F", False)),
        *(("82810-3^^LN", "LA4489-6^Unknown^LN", "F", None), ("82810-3^^LN", "LA15173-0", "W", None)),
        *(
            ("82810-3^^L", "LA15173-0", "F", None),
            ("X^82810-3^L", "LA15173-0", "F", None),
            ("82810-3^^LN", "", "F", None),
        ),
    ],
)
def test_pregnancy_is_read_from_a_pregnancy_status(
    coded: str, answer: str, status: str, *, pregnant: bool | None
) -> None:
    """The code of LOINC with an answer of its list, in a record that stands."""
    (report,) = read(PID, OBR, OBX, f"OBX|2|CWE|{coded}||{answer}||||||{status}").reports
    assert report.patient.pregnant is pregnant


@pytest.mark.parametrize(
    ("coded", "answer", "pregnant"),
    [
        *(("11449-6^Pregnancy status^LN", "77386006^Pregnant^SCT", True), ("11449-6^^LN", "LA26683-5", False)),
        *(("82810-3^^LN", "Y^Yes^HL70136", True), ("82810-3^^LN", "Yes", True), ("82810-3^^LN", "N^No^HL70136", False)),
        *(("82810-3^^LN", "LA4489-6^Unknown^LN", None), ("82810-3^^LN", "unknown", None)),
        *(("PREG^Schwangerschaft^L", "nein", None), ("1^Pregnancy test, urine^L", "NEG^Negative^L", None)),
        *(("1^Test de grossesse^L", "négatif", None), ("1^Embarazo^L", "", None), ("1^Zwanger^L", "N", None)),
    ],
)
def test_an_answer_about_a_pregnancy_is_yes_no_or_nothing(coded: str, answer: str, *, pregnant: bool | None) -> None:
    """Status as reported, and yes or no of table 0136; a local test that denies one says nothing of another day."""
    (report,) = read(PID, OBR, OBX, f"OBX|2|CWE|{coded}||{answer}||||||F").reports
    assert (report.patient.pregnant, report.issue) == (pregnant, None)


@pytest.mark.parametrize(
    "segment",
    [
        *("OBX|2|CWE|82810-3^^LN||77386006x^^SCT||||||F", "OBX|2|CE|82810-3^^LN||Z33.1^Pregnant state^I10||||||F"),
        *("OBX|2|NM|11884-4^Gestational age^LN||20|wk|||||F", "OBX|2|DT|11778-8^EDD^LN||20241001||||||F"),
        *("OBX|2|ST|PREG^Schwangerschaft^L||Ja||||||F", "OBX|2|CE|1^Pregnancy test^L||POS^Positive^L||||||F"),
        *("OBX|2|NM|1^Semaines de grossesse^L||20|||||F", "OBX|2|ST|2276-4^Ferritin, zwanger^LN||38|ng/mL|||||F"),
        *(
            "DG1|1||Z33.1^Pregnant state^I10",
            "DG1|1||O09.9||",
            "DG1|1||Z3A.20^20 weeks^ICD-10-CM",
            "DG1|1||x|Embarazo",
        ),
        *("OBR|2" + "|" * 12 + "pregnant, 20 wk", "OBR|2" + "|" * 30 + "Z34.0^^I10C"),
        *("DG1|1||^Pregnancy, Rh negative^L", "DG1|1||^Schwangerschaft, keine Komplikationen^L"),
        *("DG1|1||^Pregnancy with previous caesarean, no complications^L", "DG1|1||O09.9^x^L"),
        *("DG1|1||Z32.01^^ICD-10-CM", "DG1|1||Z321^^I10", "DG1|1||Z32.01^Pregnancy test, result positive^I10"),
        *("DG1|1||Z32.01^^L", "DG1|1||Z33.1^^2.16.840.1.113883.6.90"),
        *("DG1|1||^Pregnancy, history of infertility^L", "DG1|1||^No complications, pregnant^L"),
        *("OBR|2" + "|" * 12 + "schwanger, nicht nüchtern", "PV2|1||^Pregnancy 20 weeks"),
        *("OBX|2|ST|1^Pregnancy^L||Yes, due date not known||||||F", "OBX|2|NM|1^SSW^L||20|||||F"),
        *("OBX|2|ST|1^Pregnancy^L||positive (previous: negative)||||||F", "OBX|2|ST|1^Gravidität^L||ja||||||F"),
        *("OBX|2|NM|11886-9^^LN||20|wk|||||F", "OBX|2|NM|49051-6^^LN||20|wk|||||F"),
    ],
)
def test_a_pregnancy_that_is_not_understood_is_not_taken_for_none(segment: str) -> None:
    """Weeks, a day of birth to come, a diagnosis or a local word: nothing is judged as if she were not pregnant."""
    message = read(PID, segment, OBR, OBX)
    (report,) = message.reports
    assert report.issue is not None
    assert (report.issue.code, report.results) == ("unreadable-pregnancy", ())
    assert codes(message)[-1] == "unreadable-pregnancy"


@pytest.mark.parametrize(
    ("day", "answer", "pregnant"),
    [
        *(("20100101", "LA26683-5", None), ("20240531", "LA26683-5", None), ("202405290815", "No", False)),
        *(("", "LA26683-5", None), ("20240529", "LA26683-5", False), ("20100101", "LA15173-0", True)),
    ],
)
def test_a_denial_counts_for_its_own_day(day: str, answer: str, *, pregnant: bool | None) -> None:
    """Not pregnant then says nothing of now; whoever was pregnant is not judged as if that were over."""
    said = f"OBX|2|CWE|82810-3^^LN||{answer}||||||F|||{day}"
    (report,) = read(PID, OBR, f"{OBX}|||20240529", said, "OBR|2").reports
    assert report.patient.pregnant is pregnant


def test_the_day_of_a_denial_is_that_of_its_order() -> None:
    """A status of another order is of another day, and one result of another day leaves a denial without force."""
    denied = "OBX|2|CE|82810-3^Pregnancy status^LN||60001007^Not pregnant^SCT||||||F"
    sodium = "OBX|3|NM|^Sodium^L||140|mmol/L|||||F|||20100101"
    for segments, pregnant in (
        ((OBR, OBX, "OBR|2||||||20100101", denied), None),
        ((OBR, OBX, "OBR|2||||||20240531", denied), False),
        ((OBR, OBX, sodium, f"{denied}|||20100101"), None),
        ((OBR, OBX, sodium, denied), None),
        ((denied, OBR, OBX), False),
        (("OBR|2", denied, OBX), False),
    ):
        assert read(PID, *segments).reports[0].patient.pregnant is pregnant


@pytest.mark.parametrize(
    "segment",
    [
        *(
            "DG1|1||D50.9^Iron deficiency^I10",
            "DG1|1||O09^x^L",
            "DG1|1||Z32.02^Pregnancy test, result negative^I10",
            "DG1|1||Z32.00^^I10",
        ),
        *(
            "DG1|1||Z87.5^Personal history of complications of pregnancy^I10",
            "OBR|2" + "|" * 12 + "tired, not pregnant",
            "OBR|2" + "|" * 12 + "no evidence of pregnancy; keine bekannte Schwangerschaft",
            "DG1|1||^Anamnese: mehrere Schwangerschaftsabbrüche^L",
            "PV2|1||^Anaemia",
        ),
        *("OBX|2|TX|1^Comment^L||Not valid in pregnancy||||||F", "OBR|2|||1^Pregnancy test^L"),
        *("OBX|2|NM|11884-4^Gestational age^LN||20|wk|||||X", "OBX|2|NM|11996-6^[#] Pregnancies^LN||2||||||F"),
    ],
)
def test_what_only_speaks_of_a_pregnancy_states_none(segment: str) -> None:
    """A denial, a history, a comment, an order and a withdrawn record leave the results as they are."""
    (report,) = read(PID, segment, OBR, OBX).reports
    assert (report.patient.pregnant, report.issue) == (None, None)


@pytest.mark.parametrize("text", ["pregnant ", "pregnant", "not ", "history ", "keine aktuelle "])
def test_a_long_text_about_a_pregnancy_is_read_in_time(text: str) -> None:
    """However often a field says it, it is refused like a short one."""
    said = text * (60_000 // len(text))
    (report,) = read(PID, OBR, OBX, f"OBX|2|ST|1^Pregnancy^L||{said}||||||F").reports
    assert report.issue is not None
    assert report.issue.code == "unreadable-pregnancy"


def test_a_pregnancy_that_is_said_and_denied_refuses_the_results() -> None:
    """Which of the two holds at the collection is not guessed."""
    said = [f"OBX|2|CWE|82810-3^^LN||{answer}||||||F" for answer in ("LA15173-0", "LA26683-5")]
    assert codes(read(PID, OBR, OBX, *said))[0] == "patient-conflict"


def test_each_patient_of_a_message_has_a_report() -> None:
    """A second PID ends what belongs to the first one, order and specimen included."""
    message = read(PID, OBR, "SPM|1|||UR", OBX, "PID|2||2||C^D||20150101|M", OBX, "PID|3")
    assert [report.patient.sex for report in message.reports] == ["female", "male", None]
    assert codes(message) == ["another-analyte", ""]
    assert [len(report.segments) for report in message.reports] == [1, 1, 0]


def test_results_before_any_patient_belong_to_somebody_unknown() -> None:
    """They are refused where a patient follows, whose they may be, and a message without either has no report."""
    message = read(OBR, OBX, PID, OBX)
    assert [report.patient for report in message.reports] == [Patient(), Patient(sex="female", born=date(1972, 1, 1))]
    assert codes(message) == ["segment-unreadable", ""]
    assert codes(read(OBR, OBX)) == [""]
    assert read("NTE|1||text").reports == ()


def test_what_else_stands_before_the_first_patient_is_of_that_patient() -> None:
    """A visit that says pregnant, and a cancelled order, hold wherever they stand above the results."""
    (report,) = read("PV1|1|O|||||||||||||B6", PID, OBR, OBX).reports
    assert report.patient.pregnant is True
    assert codes(read("ORC|CA|1", PID, OBR, OBX)) == [STATUS]


@pytest.mark.parametrize(
    ("order", "specimen", "code"),
    [
        *((OBR, "SPM|1|||SER^Serum^HL70487", ""), (OBR, "SPM|1|||PLAS", ""), (OBR, "SPM|1|||^^^SER^Serum^L", "")),
        *((OBR, "SPM|1|||UR^Urine^HL70487", "another-analyte"), (OBR, "SPM|1|||BLDC^capillary", "another-analyte")),
        *(
            (OBR, "SPM|1|||Q7^Röhrchen^L", "another-analyte"),
            (OBR, "SPM|1", ""),
            (OBR, "SPM|1\nx", "segment-unreadable"),
        ),
        *((OBR + "|" * 8 + "SER&Serum&HL70070^^^", "", ""), (OBR + "|" * 8 + "UR", "", "another-analyte")),
        *(
            (OBR + "|" * 8 + '""', "", ""),
            (OBR + "|" * 8 + "&Suero", "", ""),
            (OBR + "|" * 8 + "SER", "SPM|1|||UR", "another-analyte"),
        ),
        *(
            (OBR + "|" * 8 + each, "", "another-analyte")
            for each in ("^^Urine", "SER~UR", "~UR", "SER^^Sammelurin", "SER^^^Knochenmark", "~~^^Liquor")
        ),
        *(
            (OBR + "|" * 8 + each, "", "")
            for each in ("^^Serum", "SER^^left arm", "^^fasting", "SER~PLAS", "SER^^^Vein")
        ),
        *(("", "SPM|1|||SER^Serum~UR^Urine", "another-analyte"), ("", "SPM|1|||SER~PLAS", "")),
        *(("", f"SPM|1|||SER{'|' * 17}INSUFF^insufficient", "result-status"), ("", f"SPM|1|||SER{'|' * 17}", "")),
        *(
            (OBR + "|" * 18 + "X", "", "result-status"),
            (OBR + "|" * 18 + "F", "", ""),
            (f"{OBR}\nx", "", "segment-unreadable"),
        ),
    ],
)
def test_the_specimen_and_the_order_are_those_of_the_results(order: str, specimen: str, code: str) -> None:
    """OBR-15 and every SPM of the group, before or after the results; a cancelled or broken order holds none."""
    assert codes(read(PID, order, specimen, OBX)) == [code]
    assert codes(read(PID, order, OBX, specimen, "OBR|2", OBX)) == [code, ""]


@pytest.mark.parametrize("sent", ["BLD", "BLD^Blut^L", "^Venous blood", "122555007^Venous blood specimen^SCT"])
def test_blood_as_it_was_drawn_is_told_beside_a_code_that_says_what_was_separated(sent: str) -> None:
    """As in FHIR; beside a name alone, dried or taken from a finger it is another specimen."""
    (report,) = read(PID, OBR, f"SPM|1|||{sent}", OBX).reports
    assert [issue.code for issue in report.segments[0].notices] == ["specimen-unclear"]
    assert report.segments[0].issue is None
    local = "OBX|1|NM|FER^Ferritin^L||38|ng/mL|||||F"
    assert codes(read(PID, OBR, f"SPM|1|||{sent}", local)) == ["another-analyte"]
    place = OBR + "|" * 8
    assert codes(read(PID, place + "BLD", OBX)) == [""]
    for each in ("BLD^^dried spot", "BLDC", "BLD&Capillary blood", "BLD~UR"):
        assert codes(read(PID, place + each, OBX)) == ["another-analyte"], each


@pytest.mark.parametrize(
    ("order", "code"),
    [
        *(("U-FE^Eisen im Sammelurin^L", "another-analyte"), ("^^^^Ferritin, urine", "another-analyte")),
        *(("BB^Complete blood count^L", ""), ("LV^Liver panel", ""), ("S-FE^Ferritin im Serum^L", "")),
    ],
)
def test_the_name_of_an_order_tells_the_fluid(order: str, code: str) -> None:
    """A plain name below an order of urine is not the marker, and a panel of the blood or the liver says nothing."""
    assert codes(read(PID, f"OBR|1|||{order}", OBX)) == [code]


@pytest.mark.parametrize(("control", "code"), [("CA", STATUS), ("oc", STATUS), ("CR", STATUS), ("RE", ""), ("", "")])
def test_an_order_that_was_cancelled_has_no_results(control: str, code: str) -> None:
    """ORC-1 is of the order below it, and of no other."""
    assert codes(read(PID, f"ORC|{control}|1", OBR, OBX, "OBR|2", OBX)) == [code, ""]
    assert codes(read(PID, "ORC", OBR, OBX)) == [""]


@pytest.mark.parametrize(
    ("segments", "found"),
    [
        (["ORC|RE|1|||CA", OBR, OBX, "OBR|2", OBX], [STATUS, ""]),
        (["ORC|CA|1", OBX], [STATUS]),
        ([OBR, "ORC|CA|1", OBX, "ORC|RE|1", "OBR|2", OBX], [STATUS, ""]),
        ([OBR, OBX, "ORC|SC|1|||CM", OBR, OBX], ["", ""]),
    ],
)
def test_a_cancelled_order_is_told_by_its_status_and_wherever_it_stands(segments: list[str], found: list[str]) -> None:
    """ORC-5 says it as ORC-1 does, and an order whose OBR stands above it or is lacking was cancelled all the same."""
    assert codes(read(PID, *segments)) == found


def test_the_date_of_birth_is_in_no_message() -> None:
    """One that cannot be read is refused without being repeated."""
    (report,) = read("PID|1||1||A^B||197213|F", OBX).reports
    assert report.issue is not None
    assert "197213" not in report.issue.model_dump_json()


def test_a_header_that_ran_into_the_next_line_shows_no_more_than_its_separators() -> None:
    """What stands behind them may be a number of the patient."""
    (message,) = hl7v2.read("MSHPID|1||4711|5^^^A")
    assert [issue.code for issue in message.issues] == ["message-unreadable"]
    assert "4711" not in message.model_dump_json()


@pytest.mark.parametrize(
    ("pid", "secret"),
    [
        *(("PID|1||1||A^B||20250304|F", "2025"), ("PID|1||1||A^B||18000101|F", "1800")),
        *(("PID|1||1||A^B||19720101|Jane Doe SSN1", "SSN1"), ("PID|1||1||A^B||20991231|F", "2099")),
    ],
)
def test_no_fact_of_the_patient_is_in_a_message(pid: str, secret: str) -> None:
    """A birth that fits no collection, and anything in PID-8, is refused at the segment and not repeated."""
    (judged,) = hl7v2.interpret(f"{HEADER}\r{pid}\r{OBR}\r{OBX}")
    issues = [segment.issue for segment, _ in judged.segments()]
    assert [issue and issue.code for issue in issues] == ["unreadable-age" if "|F" in pid else "unknown-sex-code"]
    assert secret not in " ".join(issue.model_dump_json() for issue in issues if issue)


def test_a_specimen_that_is_sent_before_its_order_is_of_what_follows() -> None:
    """Where the first SPM stands before every order, each one is of the results below it, up to the next."""
    urine, serum = "SPM|1|||UR", "SPM|2|||SER|||||||||||||20240529"
    assert codes(read(PID, urine, OBR, OBX, "NTE|1", OBR, OBX, serum, OBR, OBX)) == [*["another-analyte"] * 2, ""]
    assert codes(read(PID, serum, OBR, OBX, urine, OBX)) == ["", "another-analyte"]
    assert codes(read(PID, serum, "NTE|1", urine, OBR, OBX)) == ["another-analyte"]
    assert codes(read(PID, "ORC|RE", urine, OBX)) == ["another-analyte"]
    assert codes(read(PID, OBR, OBX, urine, OBR, OBX, serum)) == ["another-analyte", ""]
    result = only(read(PID, serum, "OBR|1", OBX)).result
    assert result is not None
    assert str(result.collected) == "2024-05-29"


def test_blood_is_the_specimen_of_haemoglobin() -> None:
    """A context analyte is held against its own specimen."""
    assert codes(read(PID, OBR, "SPM|1|||BLD", "OBX|1|NM|718-7^Hb^LN||13|g/dL|||||F")) == [""]
    assert codes(read(PID, OBR, "SPM|1|||SER", "OBX|1|NM|718-7^Hb^LN||13|g/dL|||||F")) == ["another-analyte"]


@pytest.mark.parametrize(
    ("order", "specimen", "collected"),
    [
        *(
            ("OBR|1", "SPM|1|||SER|||||||||||||20240529^20240530", "2024-05-29"),
            (OBR, "SPM|1|||SER|||||||||||||20240529", "2024-05-31"),
        ),
        *(("OBR|1", "SPM|1", "None"), ("OBR|1||||||202405310815^M", "", "2024-05-31 08:15:00")),
    ],
)
def test_the_time_of_collection_is_that_of_the_order_else_of_the_specimen(
    order: str, specimen: str, collected: str
) -> None:
    """OBR-7, else the beginning of SPM-17, else it is unknown."""
    result = only(read(PID, order, specimen, OBX)).result
    assert result is not None
    assert str(result.collected) == collected


@pytest.mark.parametrize("status", ["C", "D", "W"])
def test_a_later_record_takes_the_place_of_an_earlier_one(status: str) -> None:
    """A correction, a deletion and a record posted as wrong leave the first record of the same test without force."""
    later = OBX.replace("|38|", "|83|").removesuffix("F") + status
    message = read(PID, OBR, OBX, later)
    assert codes(message) == ["result-status", "" if status == "C" else "result-status"]
    first = message.reports[0].segments[0]
    assert first.issue is not None
    assert "OBX 1 (line 5)" in first.issue.message
    assert (first.result, first.notices) == (None, ())


@pytest.mark.parametrize(
    "later",
    [
        OBX.replace("2276-4^Ferritin", "2498-4^Iron").removesuffix("F") + "W",
        OBX.removesuffix("F") + "W|||20240101",
        OBX.removesuffix("F") + "W|||202405310800",
        OBX.removesuffix("F") + "F",
    ],
)
def test_a_record_of_another_test_or_time_replaces_nothing(later: str) -> None:
    """Another code or time of observation is another record, and two final ones both stand."""
    assert codes(read(PID, "OBR|1|||||20240530|202405310700", OBX, later))[0] == ""


@pytest.mark.parametrize(
    ("one", "two", "code"), [("1", "2", ""), ("1", "1", STATUS), ("", "1", STATUS), ("1", "", STATUS)]
)
@pytest.mark.parametrize("status", ["C", "W", "D"])
def test_a_sub_identifier_parts_records_where_both_have_one(one: str, two: str, code: str, status: str) -> None:
    """One that only the correction has, or lacks, does not leave the first result standing."""
    first, later = (OBX.replace("LN||", f"LN|{sub}|") for sub in (one, two))
    assert codes(read(PID, OBR, first, later.removesuffix("F") + status))[0] == code


@pytest.mark.parametrize("order", [OBR, "OBR|1|||||20240530|20240531081500", "OBR|1"])
@pytest.mark.parametrize("between", [[], ["OBR|2|||||20240530|20240531"], ["OBR|2"]])
@pytest.mark.parametrize("time", ["", "|||20240531", "|||202405310815", "|||20240531081500+0200"])
def test_a_correction_of_the_day_is_of_every_hour_of_it(order: str, between: list[str], time: str) -> None:
    """A time that is given to the day, or not at all, parts no correction from what it corrects."""
    later = f"{OBX.replace('|38|', '|83|').removesuffix('F')}C{time}"
    assert codes(read(PID, order, OBX, *between, later)) == [STATUS, ""]


def test_of_very_many_corrections_each_may_be_meant() -> None:
    """Records that are too many to be held against each other leave no result standing beside them."""
    later = [
        f"{OBX.removesuffix('F')}W|||2023{month:02}{day:02}{hour:02}"
        for month in range(1, 13)
        for day in range(1, 29)
        for hour in (8, 9)
    ]
    assert codes(read(PID, OBR, OBX, *later[:499]))[0] == ""
    assert codes(read(PID, OBR, OBX, *later))[0] == STATUS


@pytest.mark.parametrize(
    "coded",
    [
        *("2276-4^FERRITIN^LN", "2276-4^Ferritin (S)^LN", "0815^Ferritin^L", "^Serumferritin^L", "2276-4"),
        *("20567-4^Ferritin^LN", "2276-4^Troponin T^LN", "FERR^x^L^2276-4^Ferritin^LN"),
    ],
)
@pytest.mark.parametrize("status", ["C", "D", "W"])
def test_a_correction_is_told_by_the_test_and_not_by_its_spelling(coded: str, status: str) -> None:
    """Another name or code of the same analyte, even one that is refused, takes the place of the record before it."""
    later = OBX.replace("2276-4^Ferritin^LN", coded).replace("|38|", "|83|").removesuffix("F") + status
    assert codes(read(PID, OBR, OBX, later))[0] == "result-status"


@pytest.mark.parametrize("status", ["P", "R", "S"])
def test_a_final_result_takes_the_place_of_one_that_was_not(status: str) -> None:
    """Before it in the message, or where none can be obtained; one behind a final one stands with its notice."""
    early = OBX.removesuffix("F") + status
    assert codes(read(PID, OBR, early, OBX.replace("|38|", "|83|"))) == ["result-status", ""]
    assert codes(read(PID, OBR, OBX, early)) == ["", ""]
    assert codes(read(PID, OBR, early, early)) == ["", ""]
    assert codes(read(PID, OBR, early, OBX.removesuffix("F") + "X")) == ["result-status", "result-status"]
    assert codes(read(PID, OBR, OBX, OBX.removesuffix("F") + "X")) == ["", "result-status"]


def test_notes_are_not_read() -> None:
    """What stands in NTE is in no answer, and a broken note breaks nothing."""
    message = read(PID, "NTE|1||secret", OBR, OBX, "NTE|1||secret\nsecret")
    assert codes(message) == [""]
    assert "secret" not in message.model_dump_json()


def test_a_name_of_the_patient_is_in_no_answer() -> None:
    """Of the patient, sex, birth and pregnancy are kept, and nothing that tells who it is."""
    message = read("PID|1||4711^^^H^MR||Doe^Jane||1972|Q|||Street", OBR, OBX)
    text = message.model_dump_json()
    assert not any(secret in text for secret in ("4711", "Doe", "Jane", "Street"))


def test_a_broken_result_is_refused_and_its_neighbours_are_read() -> None:
    """A line break inside a segment costs that segment alone."""
    message = read(PID, OBR, OBX, "OBX|2|NM|2498-4^Ir\non^LN||60|ug/dL|||||F", OBX.replace("|38|", "|39|"))
    assert codes(message) == ["", "segment-unreadable", ""]


@pytest.mark.parametrize(
    ("damaged", "after"),
    [
        *(("pid|2||99||Roe^Rick||19600101|M", "PID|3"), ("\x07PID|2||99||Roe^Rick||19600101|M", "PID|3")),
        *(
            ("xPID|2", "PID|3"),
            ("P ID|2", "PID|3"),
            ("PID |2||99", "PID|3"),
            ("spm|1|||UR", "PID|3"),
            ("msh|^~", "PID|2"),
        ),
        *(("obr|1|||1^Urin", OBR), ("Orc|RE", "OBR|2"), ("pv1|1||||||||||||||B6", "PID|3"), ("pid|2\robr|3", "PID|3")),
        *(("PIDX|2||99", "PID|3"), ("P1D|2||99||Roe^Rick||19600101|M", "PID|3"), ("PID^2^^99", "PID|3")),
        *(("pv1|1\robr|2\rOBR|3", "PID|3"), ("obr|2\rpid|3\rOBR|3", "PID|3"), ("0BR|1|||1^Urin", OBR)),
        *(("NTE|1||xPID|2||99||Roe^Rick", "PID|3"), ("NTE|1||x|OBR|2|", OBR), ("NTE|1||MSH|^~", "PID|3")),
    ],
)
def test_below_a_damaged_segment_nobody_is_known(damaged: str, after: str) -> None:
    """What may be another patient, order or specimen is not passed over: the results below it wait for a new one."""
    message = read(PID, OBR, OBX, "NTE|1", damaged, OBX, OBX, after, OBX)
    assert codes(message)[-3:] == ["segment-unreadable", "segment-unreadable", ""]


@pytest.mark.parametrize("end", ["", "|||20240531|", "|||20240531"])
def test_a_patient_in_the_line_of_a_result_is_another_patient(end: str) -> None:
    """Where a line end was lost nothing below it is of the patient before, and the line itself is not either."""
    line = f"{OBX}{end}PID|2||99||Roe^Rick||19600101|M"
    assert codes(read(PID, OBR, OBX, line, OBX, "OBR|2", OBX, "PID|3", OBX)) == ["", *["segment-unreadable"] * 3, ""]
    specimen = f"{OBX}{end}SPM|1|||UR"
    assert codes(read(PID, OBR, OBX, specimen, OBX)) == ["segment-unreadable"] * 3


@pytest.mark.parametrize("named", ["1^HIV RAPID", "1^Lipid", "1^x^RAPID", "1^MSH2 gene", "OBR^x"])
def test_a_word_that_ends_like_a_segment_is_none(named: str) -> None:
    """A test that is called so is passed over, and its neighbours are read."""
    assert codes(read(PID, OBR, f"OBX|1|NM|{named}|1|5|%|||||F", OBX))[-1] == ""


def test_above_a_damaged_specimen_nothing_is_judged() -> None:
    """By the standard a specimen follows its results; those of the order before keep theirs."""
    assert codes(read(PID, OBR, OBX, OBR, OBX, OBX, "NTE|1", "spm|1|||UR")) == ["", *["segment-unreadable"] * 2]
    assert codes(read(PID, OBX, "spm|1", OBX, "spm|2", PID, OBX)) == [*["segment-unreadable"] * 2, ""]
    assert codes(read(OBX, "spm|1")) == ["segment-unreadable"]


def test_text_that_goes_on_is_no_segment() -> None:
    """A raw line break within a comment costs that comment alone, whatever word the next line begins with."""
    for text in ("pid was checked", "OBR 5", "rapid|test", "lipid|x", "5PM fasting"):
        assert codes(read(PID, OBR, "OBX|1|TX|^Comment^L||a\n" + text, OBX)) == ["segment-unreadable", ""]


def test_a_broken_header_refuses_the_message() -> None:
    """Without its header nothing is known of a message."""
    message = read(PID, OBX, header=f"{HEADER}\nx")
    assert [issue.code for issue in message.issues] == ["segment-unreadable"]


def test_every_segment_is_numbered_in_its_message_and_its_file() -> None:
    """From 1, the header included; lines count empty ones."""
    text = f"\r\n{HEADER}\r\n{PID}\r\n\r\n{OBR}\r\n{OBX}\r\n{HEADER}\r\n{PID}\r\n{OBX}"
    found = [(m.number, m.line, s.number, s.line) for m in hl7v2.read(text) for r in m.reports for s in r.segments]
    assert found == [(1, 2, 4, 6), (2, 7, 3, 9)]


def test_a_report_with_too_many_results_is_refused_whole() -> None:
    """Every one is held against the others, so that their number is bounded; other tests do not count."""
    many = [OBX] * (MOST_RESULTS + 1)
    assert set(codes(read(PID, OBR, *many))) == {"message-unreadable"}
    assert set(codes(read(PID, OBR, *many[1:], "OBX|1|NM|^Glucose^L||5|mmol/L|||||F"))) == {"", "unknown-marker"}


@pytest.mark.unwatched
@pytest.mark.parametrize(
    "segments",
    [
        [*["SPM|1|||SER^Serum"] * 5000, OBR, OBX],
        [*["SPM|1|||SER^Serum"] * 2500, *[OBR] * 2500, OBX],
        [
            OBR,
            *["SPM|1|||SER^Serum"] * 2500,
            *[OBX.replace("Ferritin", "")] * 400,
            "OBX|1|NM|^Glucose^L||5|mmol/L|||||F",
        ],
    ],
)
def test_every_segment_is_split_once(segments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However specimens, orders and results are heaped, the work grows with the message and not with its square."""
    split: list[Line] = []
    whole = Splitter.fields

    def counted(splitter: Splitter, line: Line) -> Fields:
        split.append(line)
        return whole(splitter, line)

    monkeypatch.setattr(Splitter, "fields", counted)
    message = read(PID, *segments)
    assert codes(message)[0] == ""
    assert len(split) <= len(segments) + 2


def test_of_many_specimens_every_kind_is_held_against_the_test() -> None:
    """One urine among a thousand tubes of serum refuses, and its words are told."""
    tubes = [*(f"SPM|1|||SER^Serum {number}" for number in range(1000)), "SPM|1|||UR^Urine"]
    message = read(PID, OBR, *tubes, OBX)
    assert codes(message) == ["another-analyte"]
    (segment,) = message.reports[0].segments
    assert segment.issue is not None
    assert "UR Urine" in segment.issue.message


SERUM, URINE = "SPM|1|||SER^Serum", "SPM|1|||UR^Urine"


@pytest.mark.parametrize(
    ("segments", "refused"),
    [
        ((SERUM, OBX, URINE, OBX), ["", "another-analyte"]),
        ((URINE, OBX, SERUM, OBX), ["another-analyte", ""]),
        ((URINE, SERUM, OBX), ["another-analyte"]),
        ((SERUM, URINE, OBX), ["another-analyte"]),
        ((SERUM, OBR, OBX, URINE, OBR, OBX), ["", "another-analyte"]),
        ((URINE, OBR, SERUM, OBR, OBX), [""]),
    ],
    ids=str,
)
def test_a_specimen_that_comes_first_is_of_what_follows_up_to_the_next_one(
    segments: tuple[str, ...], refused: list[str]
) -> None:
    """Two in a row are both of what follows; one behind a result or an order begins anew."""
    assert codes(read(PID, *segments)) == refused


@pytest.mark.parametrize("position", [0, 1, 3, 4, 8])
def test_a_specimen_is_told_by_its_code_its_text_and_its_alternates(position: int) -> None:
    """Wherever SPM-4 says that it is urine, the result is none of serum."""
    parts = ["URINE" if index == position else "" for index in range(9)]
    assert codes(read(PID, OBR, OBX, f"SPM|1|||{'^'.join(parts)}")) == ["another-analyte"]


def test_a_correction_is_of_the_same_time_whoever_says_it() -> None:
    """The time of a result is its own, and else that of its order."""
    timed, corrected = f"{OBX}|||20240530", f"{OBX[:-1]}C"
    assert codes(read(PID, OBR, OBX, corrected)) == ["result-status", ""]
    assert codes(read(PID, "OBR|1||||||20240530", OBX, f"{corrected}|||20240530")) == ["result-status", ""]
    assert codes(read(PID, OBR, timed, f"{corrected}|||20240529")) == ["", ""]


def test_what_a_laboratory_flagged_is_kept_as_it_was_sent() -> None:
    """The codes of OBX-8 stand beside the result."""
    assert only(read(PID, OBR, "OBX|1|NM|2276-4^Ferritin^LN||38|ng/mL||L~D|||F")).flags == ("L", "D")


def test_a_guessed_character_set_is_said() -> None:
    """The issue says what was guessed and where to declare it."""
    (message,) = hl7v2.read(f"{HEADER}||||||x\r{PID}\r{OBR}\r{OBX}".encode())
    (issue,) = message.issues
    assert (issue.code, issue.text) == ("character-set-guessed", "")
    assert issue.message == 'The character set "x" in MSH-18 is not known; correct MSH-18'
    assert message.character_set == "ascii"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UNICODE UTF-8", "cp1252"), ("8859/1", "utf-8"), ("", "cp850"), ("8859/1", "cp850"), ("UNICODE UTF-8", "cp850")],
)
@pytest.mark.parametrize(
    "name", ["Transferrinsättigung", "Totale Eisenbindungskapazität", "löslicher Transferrinrezeptor"]
)
def test_a_name_in_another_character_set_is_no_other_test(declared: str, codec: str, name: str) -> None:
    """A test of ours, or one that is taken for it, does not vanish among those that are passed over."""
    text = "\r".join([f"{HEADER}||||||{declared}", PID, OBR, f"OBX|1|NM|T^{name}^L||15|%|||||F"])
    (message,) = hl7v2.read(text.encode(codec))
    segment = only(message)
    assert segment.issue is not None
    assert (segment.issue.code, "correct MSH-18" in segment.issue.message) == ("unreadable-name", True)
    assert [each.code for each in message.issues] == ([] if (declared, codec) == ("8859/1", "cp850") else [GUESSED])


@pytest.mark.parametrize("declared", ["8859/1", ""])
def test_another_test_with_an_umlaut_is_another_test(declared: str) -> None:
    """A name that is none of ours in any character set is passed over as before."""
    text = "\r".join([f"{HEADER}||||||{declared}", PID, OBR, "OBX|1|NM|H^Hämoglobin-Öl^L||15|%|||||F"])
    (message,) = hl7v2.read(text.encode("cp1252"))
    assert codes(message) == ["unknown-marker"]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    """What cannot be read is the sign for that in every answer, and no half of a sign that JSON refuses."""
    text = "\r".join([f"{HEADER}||||||UNICODE UTF-8", PID, OBR, "OBX|1|NM|H^Hämatin^L||15|µg/l|||||F"])
    segment = only(hl7v2.read(text.encode("cp1252"))[0])
    assert segment.written == "H H\ufffdmatin"
    assert segment.issue is not None
    assert segment.issue.code == "unreadable-name"


def test_the_type_of_another_message_is_quoted_up_to_eighty_characters() -> None:
    """It is refused by its type, and a long one is cut."""
    (issue,) = read(PID, OBX, header=f"MSH|^~\\&|LAB||||20240531||{'A' * 100}^B|1|P|2.5").issues
    assert issue.text == "A" * 80
    assert "give ORU^R01; no other message holds results here" in issue.message


def test_five_hundred_results_of_one_patient_are_read_and_one_more_is_not() -> None:
    """So many are held against each other; beyond, the sender is told to split them."""
    hours = [f"2024{month:02}{day:02}{hour:02}" for month in range(1, 13) for day in range(1, 29) for hour in (8, 9)]
    times = [f"{OBX}|||{each}" for each in hours]
    assert set(codes(read(PID, OBR, *times[:500]))) == {""}
    (report,) = read(PID, OBR, *times[:501]).reports
    messages = {each.issue.message for each in report.segments if each.issue}
    assert messages == {
        "The report holds more than 500 results of the tests that are judged here; send them in several messages"
    }


# ---------------------------------------------------------------- what stands around the results


def test_a_message_that_cannot_be_read_says_nothing_of_itself() -> None:
    """Its type and version are empty, and the one issue says why."""
    (message,) = hl7v2.read("MSH\rPID|1\r")
    assert (message.type, message.version, message.reports) == ("", "", ())
    assert [issue.code for issue in message.issues] == ["message-unreadable"]


def test_the_type_of_a_message_is_kind_and_event() -> None:
    """The structure behind them is no part of it."""
    assert read(PID, OBX, header="MSH|^~\\&|LAB||||20240531||ORU^R01^ORU_R01|1|P|2.5.1").type == "ORU^R01"


def test_a_specimen_behind_its_order_is_not_of_the_next_order() -> None:
    """Where an order stands before the first SPM, the SPM is of that order alone."""
    assert codes(read(PID, OBR, "SPM|1|||UR^Urine^HL70487", OBX, OBR, OBX)) == ["another-analyte", ""]


def test_a_specimen_of_which_nothing_is_said_is_none() -> None:
    """An SPM without a type leaves no doubt behind."""
    plain, beside = only(read(PID, OBR, OBX)), only(read(PID, OBR, "SPM|1||", OBX))
    assert beside.result == plain.result
    assert beside.notices == plain.notices


def test_a_rejected_specimen_is_named_with_its_reason() -> None:
    """SPM-21 is quoted in the refusal."""
    segment = only(read(PID, OBR, f"SPM|1|||SER{'|' * 17}RB^broken", OBX))
    assert segment.issue is not None
    assert segment.issue.message.startswith('SPM-21 says that the specimen was rejected: "RB^broken"')


@pytest.mark.parametrize("source", ["^Urine", "^^Urine", "Ser^Urine"])
def test_a_fluid_in_any_part_of_the_source_is_heard(source: str) -> None:
    """OBR-15 holds a code and words, and either may say it."""
    assert codes(read(PID, f"OBR|1{'|' * 14}{source}", OBX)) == ["another-analyte"]


def test_a_segment_that_cannot_be_read_says_nothing_of_its_test() -> None:
    """Its name, set, status and flags are empty."""
    segment = only(read(PID, OBR, f"OBX|1|NM|2276-4{'|' * 70_000}"))
    assert segment.issue is not None
    assert (segment.written, segment.set_id, segment.status, segment.flags) == ("", "", "", ())


def test_a_specimen_of_empty_parts_is_none() -> None:
    """Separators alone say nothing."""
    plain, beside = only(read(PID, OBR, OBX)), only(read(PID, OBR, "SPM|1|||^^", OBX))
    assert (beside.result, beside.notices) == (plain.result, plain.notices)


def test_a_source_is_quoted_without_its_separators() -> None:
    """A subcomponent that is empty leaves no blank behind."""
    segment = only(read(PID, f"OBR|1{'|' * 14}Urine&", OBX))
    assert segment.issue is not None
    assert '"Urine"' in segment.issue.message


# ---------------------------------------------------------------- small print


def test_another_message_is_refused_in_words() -> None:
    """With its type as it was sent, of which no more than eighty characters are kept."""
    (issue,) = read(PID, OBR, OBX, header="MSH|^~\\&|LAB||||20240531||ADT^A01|1|P|2.5").issues
    assert issue.message == 'MSH-9 is "ADT^A01"; give ORU^R01; no other message holds results here'
    assert issue.text == "ADT^A01"
    (issue,) = read(PID, OBR, OBX, header=f"MSH|^~\\&|LAB||||20240531||ADT^{'A' * 90}|1|P|2.5").issues
    assert issue.text == f"ADT^{'A' * 76}"


def test_results_before_the_first_patient_are_nobodys_in_words() -> None:
    """The segment says why; those behind the patient are read, and a broken segment says what broke it."""
    message = read(OBR, OBX, PID, OBR, OBX)
    (first,), (second,) = (each.segments for each in message.reports)
    assert first.issue is not None
    assert first.issue.code == "segment-unreadable"
    assert first.issue.message == (
        "The OBX segment stands before the first PID segment, so nobody knows whose it is; send it again"
    )
    assert second.issue is None
    early = only(read("OBX|1\nx", PID)).issue
    assert early is not None
    assert "stands before the first PID segment" not in early.message


@pytest.mark.parametrize(
    ("orc", "cancelled"),
    [
        *(("ORC|CA", True), ("ORC| ca ", True), ("ORC|NW|||| CA |x|y", True), ("ORC|NW||||CA", True)),
        *(("ORC|NW", False), ("ORC|NW|||||CA", False), ("ORC|NW|||CA", False), ("ORC", False)),
        *(("ORC|NW||||IP|CA|CA|CA", False), ("ORC|RE||||CM|||||||||||||||||CA", False)),
    ],
)
def test_a_cancelled_order_is_told_by_two_fields(orc: str, *, cancelled: bool) -> None:
    """ORC-1 and ORC-5, with blanks around them and whatever stands behind."""
    assert codes(read(orc, PID, OBR, OBX)) == [STATUS if cancelled else ""]


def test_a_record_is_of_a_test_and_of_no_number() -> None:
    """Segments that cannot be told are of no test, so none takes the place of another."""
    lost = [f"OBX|{number}|NM|||38|ng/mL|||||{status}" for number, status in enumerate("CCWFF", 1)]
    assert STATUS not in codes(read(PID, OBR, *lost))


def test_a_later_record_takes_the_place_of_an_earlier_one_in_words() -> None:
    """It is named by its place, with what to do."""
    later = OBX.replace("OBX|1", "OBX|2").replace("|38|", "|39|").removesuffix("F") + "C"
    first, second = read(PID, OBR, OBX, later).reports[0].segments
    assert first.issue is not None
    assert first.issue.message == "OBX 2 (line 5) takes the place of this record; use that one"
    assert first.result is None
    assert first.notices == ()
    assert second.issue is None


def test_a_time_of_collection_with_a_zone_is_the_same_time() -> None:
    """A correction that says the hour and the zone is of the record that says the hour alone."""
    one = f"{OBX}|||202405310815"
    two = f"{OBX.removesuffix('F')}C|||202405310815+0100"
    assert codes(read(PID, OBR, one, two)) == [STATUS, ""]
    other = f"{OBX.removesuffix('F')}C|||202405310915+0100"
    assert codes(read(PID, OBR, one, other)) == ["", ""]


@pytest.mark.parametrize(
    ("minute", "second", "zone"),
    [
        *(("202405310815", "20240531081530", each) for each in ("+0100", "-0500", "")),
        *(("2024-05-31T08:15", "2024-05-31T08:15:30", each) for each in ("+01:00", "-05:00", "-0500", "")),
    ],
)
def test_a_correction_to_the_second_is_of_the_record_to_the_minute(minute: str, second: str, zone: str) -> None:
    """West of Greenwich as east of it: the zone behind the minute does not make another time of it."""
    one, corrected = f"{OBX}|||{minute}{zone}", f"{OBX.removesuffix('F')}C|||"
    assert codes(read(PID, OBR, one, f"{corrected}{second}{zone}")) == [STATUS, ""]
    assert codes(read(PID, OBR, one, f"{corrected}{second.replace('15', '16')}{zone}")) == ["", ""]


def test_how_exactly_a_time_was_taken_is_no_part_of_it() -> None:
    """Up to version 2.5 a time has a second component, which says to what it is given."""
    one, two = f"{OBX}|||202405310815^M", f"{OBX.removesuffix('F')}C|||20240531081530^S"
    assert codes(read(PID, OBR, one, two)) == [STATUS, ""]


def test_a_result_that_was_replaced_is_no_longer_said_to_be_open() -> None:
    """That it may change holds no more once the final one is there."""
    first, second = read(PID, OBR, f"{OBX.removesuffix('F')}P", OBX).reports[0].segments
    assert first.issue is not None
    assert (first.issue.code, first.notices) == (STATUS, ())
    assert (second.issue, second.notices) == (None, ())


def test_every_patient_has_a_report_of_her_own() -> None:
    """Also one of whom no result stands there, and the next one is somebody else."""
    empty, full = read(PID, "PID|1||2||C^D||19800101|M", OBR, OBX).reports
    assert (empty.patient, empty.segments) == (Patient(sex="female", born=date(1972, 1, 1)), ())
    assert (full.patient, len(full.segments)) == (Patient(sex="male", born=date(1980, 1, 1)), 1)
    (alone,) = read(PID, OBR).reports
    assert (alone.patient.sex, alone.segments) == ("female", ())


@pytest.mark.parametrize("source", ["SER^^Venous blood", "SER^^^Liver", "SER^drawn from the skin swab", "SER^Blood"])
def test_words_behind_serum_say_where_it_was_drawn(source: str) -> None:
    """Serum comes of blood, and a place of the body is no specimen; only another fluid contradicts it."""
    assert codes(read(PID, f"OBR|1{'|' * 14}{source}", OBX)) == [""]


def test_a_specimen_and_an_order_are_quoted_in_words() -> None:
    """What they say in several components is parted by one blank."""
    specimen = only(read(PID, OBR, "SPM|1|||UR^^HL70487^Sammelurin^^L", OBX)).issue
    order = only(read(PID, "OBR|1|||17^Ferritin^L^18^Urine", OBX)).issue
    assert specimen is not None
    assert specimen.message == (
        'The specimen is "UR Sammelurin", and Ferritin is judged in serum or plasma; '
        "leave it out here, or correct OBR-15 or SPM-4"
    )
    assert order is not None
    assert order.message.startswith('The order is "17 Ferritin L 18 Urine", and Ferritin is judged in serum or plasma;')


@pytest.mark.parametrize(("test", "written"), [("^Ferritin", "Ferritin"), ("2276-4", "2276-4"), ("x^y^L", "x y")])
def test_a_test_is_shown_by_its_code_and_name(test: str, written: str) -> None:
    """Each as far as it was sent, without a blank for the one that was not."""
    assert only(read(PID, OBR, OBX.replace("2276-4^Ferritin^LN", test))).written == written


@pytest.mark.parametrize(
    ("field", "words"),
    [("^^Sammelurin", "Sammelurin"), ("SER^^Knochenmark", "SER"), ("&Urine", "Urine"), ("^whole^blood", "whole blood")],
)
def test_a_source_that_is_another_fluid_is_named(field: str, words: str) -> None:
    """By its code, else by its words."""
    issue = only(read(PID, OBR + "|" * 8 + field, OBX)).issue
    assert issue is not None
    assert issue.code == "another-analyte"
    assert issue.text == words


def test_a_rejected_specimen_is_refused_in_words() -> None:
    """With the reason as it was sent, of which no more than eighty characters are kept."""
    issue = only(read(PID, OBR, f"SPM|1|||SER{'|' * 17}{'R' * 90}", OBX)).issue
    assert issue is not None
    assert issue.message.startswith("SPM-21 says that the specimen was rejected: ")
    assert issue.message.endswith("; leave its results out")
    assert issue.text == "R" * 80


def test_as_many_results_as_there_may_be_are_read() -> None:
    """And as many corrections are each held against what stood before them."""
    ours = [f"OBX|{number}|NM|2276-4^Ferritin^LN|{number}|38|ng/mL|||||F" for number in range(MOST_RESULTS)]
    assert set(codes(read(PID, OBR, *ours))) == {""}
    corrections = [each.removesuffix("F") + "C" for each in ours[: MOST_RESULTS - 1]]
    last = ours[-1].removesuffix("F") + "F"
    assert codes(read(PID, OBR, last, *corrections)) == [""] * MOST_RESULTS
    many = [each.removesuffix("F") + "D" for each in ours] + [ours[0].replace("|0|38", "|x|38").removesuffix("F") + "D"]
    found = codes(read(PID, OBR, OBX.replace("|LN||", "|LN|y|").replace("^LN||", "^LN|y|"), *many))
    assert found[0] == STATUS  # of too many, each may be the one


def test_a_clinic_that_judges_in_whole_blood_takes_it(tmp_path: Path) -> None:
    """The specimen of its own catalog is the one that is wanted, and beside ours it is another."""
    (tmp_path / "ferritin.toml").write_text('id = "ferritin"\nspecimen = "serum or whole blood"\n', encoding="utf-8")
    text = f"{HEADER}\r{PID}\r{OBR}\rSPM|1|||BLDC^Capillary whole blood\r{OBX}"
    (ours,), (its_own,) = hl7v2.read(text), hl7v2.read(text, catalog=Catalog.load(tmp_path))
    assert codes(ours) == ["another-analyte"]
    assert (codes(its_own), only(its_own).notices) == ([""], ())
