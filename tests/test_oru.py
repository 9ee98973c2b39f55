"""An ORU^R01 message: whose results they are, which order and specimen they belong to, and which of them stand."""

from __future__ import annotations

from datetime import date

import pytest

from rlslabs import Patient, hl7v2
from rlslabs.oru import MOST_RESULTS
from rlslabs.received import Message, Segment

HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5"
PID = "PID|1||1||A^B||19720101|F"
OBR = "OBR|1|||||20240530|20240531"
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
    """They are read with every fact unknown, and a message without either has no report."""
    message = read(OBR, OBX, PID, OBX)
    assert [report.patient for report in message.reports] == [Patient(), Patient(sex="female", born=date(1972, 1, 1))]
    assert read("NTE|1||text").reports == ()


@pytest.mark.parametrize(
    ("order", "specimen", "code"),
    [
        *((OBR, "SPM|1|||SER^Serum^HL70487", ""), (OBR, "SPM|1|||PLAS", ""), (OBR, "SPM|1|||^^^SER^Serum^L", "")),
        *((OBR, "SPM|1|||UR^Urine^HL70487", "another-analyte"), (OBR, "SPM|1|||BLD", "another-analyte")),
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


def test_the_date_of_birth_is_in_no_message() -> None:
    """One that cannot be read is refused without being repeated."""
    (report,) = read("PID|1||1||A^B||197213|F", OBX).reports
    assert report.issue is not None
    assert "197213" not in report.issue.model_dump_json()


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
    assert "Segment 5" in first.issue.message
    assert (first.result, first.notices) == (None, ())


@pytest.mark.parametrize(
    "later",
    [
        OBX.replace("2276-4^Ferritin", "2498-4^Iron").removesuffix("F") + "W",
        OBX.replace("LN||", "LN|2|").removesuffix("F") + "W",
        OBX.removesuffix("F") + "W|||20240101",
        OBX.removesuffix("F") + "F",
    ],
)
def test_a_record_of_another_test_or_time_replaces_nothing(later: str) -> None:
    """Another code, sub-identifier or time of observation is another record, and two final ones both stand."""
    assert codes(read(PID, OBR, OBX, later))[0] == ""


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
