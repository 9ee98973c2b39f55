"""HL7 v2 in and out: panels of messages, OBX-8 written back, and hostile bytes."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, Patient, hl7v2, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.errors import LabsError, MessageError, UnknownSetError, WrongTypeError
from rlslabs.hl7v2 import feed, judging
from rlslabs.panels import judge_sheet
from rlslabs.sheet import read_sheet

HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5||||||"
PID = "PID|1||1||A^B||19720101|F"
MAN = "PID|1||1||A^B||19600101|M"
OBR = "OBR|1|||||20240530|20240531"
PANEL = [
    ("2276-4^Ferritin^LN", "NM", "38", "ng/mL", "30-400"),
    ("0815^Eisen^L", "SN", "^60", "µg/dl", ""),
    ("2500-7^TIBC^LN", "NM", "420", "ug/dL", "250-400"),
    ("^Vitamina B12^L", "ST", "<150", "pg/mL", "180 - 914"),
    ("62292-8^25-OH Vitamin D^LN", "NM", "31", "ng/mL", ""),
]


def obx(coded: str, kind: str, value: str, unit: str, printed: str, *, flag: str = "", status: str = "F") -> str:
    """An OBX segment."""
    return f"OBX|1|{kind}|{coded}||{value}|{unit}|{printed}|{flag}|||{status}"


def message(*segments: str, charset: str = "UNICODE UTF-8") -> str:
    """A message of one patient."""
    return "\r".join([f"{HEADER}{charset}", PID, OBR, *segments, ""])


WHOLE = message(*(obx(*each) for each in PANEL))


def test_a_panel_means_the_same_as_hl7_as_objects_and_as_a_file() -> None:
    """The same results give the same interpretations, in whatever form they come."""
    (judged,) = hl7v2.interpret(WHOLE)
    (panel,) = judged.panels
    names = ("2276-4", "Eisen", "2500-7", "Vitamina B12", "62292-8")
    values: list[object] = [38, 60, 420, "<150", 31]
    rows = list(zip(names, values, PANEL, strict=True))
    results = [
        LabResult(marker=name, value=value, unit=unit, range=printed or None, collected="2024-05-31")  # type: ignore[arg-type]  # the constructor reads text
        for name, value, (_, _, _, unit, printed) in rows
    ]
    same = interpret_panel(results, Patient(sex="female", born="1972-01-01"))  # type: ignore[arg-type]  # the constructor reads text
    told = [(it.marker, it.reading, it.status, it.hl7, it.standard, it.optimal) for it in panel.interpretations]
    assert told == [(it.marker, it.reading, it.status, it.hl7, it.standard, it.optimal) for it in same.interpretations]
    assert (panel.derived, panel.findings, panel.criteria) == (same.derived, same.findings, same.criteria)
    lines = [
        f"{name},{value},{unit},{printed},female,1972-01-01,2024-05-31"
        for name, value, (_, _, _, unit, printed) in rows
    ]
    sheet = read_sheet("\n".join(["marker,value,unit,range,sex,born,collected", *lines]).encode())
    filed = [line.interpretation for line in judge_sheet(sheet, builtin(), {}).lines]
    assert [(it.status, it.hl7) for it in filed if it] == [(it.status, it.hl7) for it in panel.interpretations]
    assert [it.status for it in panel.interpretations] == [
        "below-optimal",
        "below-optimal",
        "high",
        "low",
        "below-optimal",
    ]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        *(
            ("8859/1", "iso8859-1"),
            ("8859/15", "iso8859-15"),
            ("UNICODE UTF-8", "utf-8"),
            ("", "utf-8"),
            ("", "cp1252"),
        ),
        *(("8859/1", "utf-16"), ("UNICODE UTF-16", "utf-16-le"), ("x", "utf-16-be"), ("GB 18030-2000", "gb18030")),
    ],
)
def test_a_message_means_the_same_in_every_character_set(charset: str, codec: str) -> None:
    """Declared or guessed, the bytes give the results of the text."""
    text = message(*(obx(*each) for each in PANEL), charset=charset)
    (told,) = hl7v2.read(text)
    (read,) = hl7v2.read(text.encode(codec))
    assert read.reports == told.reports
    assert [len(report.results) for report in read.reports] == [5]
    guessed = charset in {"", "x"} and not codec.startswith("utf-16")
    assert ("character-set-guessed" in [issue.code for issue in read.issues]) == guessed


def test_a_unit_in_the_wrong_character_set_is_refused_and_not_guessed() -> None:
    """UTF-8 that is declared as Latin-1 makes another unit of µg, and nothing is judged by it."""
    (judged,) = hl7v2.interpret(message(obx(*PANEL[1]), charset="8859/1").encode())
    assert [issue.code for issue in judged.panels[0].issues] == ["unknown-unit"]


def test_flags_are_written_where_none_stands() -> None:
    """L, N or H by the standard place, and < for a value off the scale; every other byte is the same."""
    whole = WHOLE.replace(PID, MAN)
    flagged = hl7v2.flag(whole)
    assert [line.split("|")[8] for line in flagged.split("\r") if line.startswith("OBX")] == ["N", "N", "H", "L~<", "N"]
    assert re.sub(r"\|(N|H|L~<)\|\|\|F", "||||F", flagged) == whole


@pytest.mark.parametrize(
    "printed", ["M 30-400; F 13-150", "400-30", "30 - 400 (adult)", "30-400^normal", "30-400 mmol/L", "see report"]
)
def test_no_flag_is_written_beside_a_range_that_was_not_read(printed: str) -> None:
    """The laboratory's own range may say the contrary; a flag beside it would be read as its answer."""
    text = message(obx("2276-4^Ferritin^LN", "NM", "25", "ng/mL", printed)).replace(PID, MAN)
    ((_, line),) = hl7v2.interpret(text)[0].segments()
    assert line is not None
    assert line.interpretation is not None
    assert line.interpretation.hl7 == ("N",)
    assert hl7v2.flag(text) == text


GIRL = "PID|1||1||A^B||20160203|F"


@pytest.mark.parametrize(
    ("pid", "printed", "flag"),
    [
        *((MAN, "", "|N|"), (PID, "", None), ("PID|1", "", None), ("PID|1||1||A^B||19600101|U", "", None)),
        *((PID, "40-400", "|L|"), ("PID|1", "40-400", "|L|"), (PID, "30-400", "|N|")),
        *((GIRL, "40-400", "|L|"), (GIRL, "30-400", None), (GIRL, "<400", None)),
        *((f"{PID}\rPV1|1|O{'|' * 13}B6", "30-400", None), (f"{PID}\rPV1|1|O{'|' * 13}B6", "40-400", "|L|")),
    ],
)
def test_no_flag_rests_on_an_assumption(pid: str, printed: str, flag: str | None) -> None:
    """OBX-8 cannot say that an adult who is not pregnant was assumed; a range of the laboratory needs no assumption.

    But that a printed range is meant for a child, or in pregnancy, is one, and by it nobody is called normal.
    """
    text = message(obx("2276-4^Ferritin^LN", "NM", "38", "ng/mL", printed)).replace(PID, pid)
    flagged = hl7v2.flag(text)
    assert (flagged == text) == (flag is None)
    assert flag is None or flag in flagged


@pytest.mark.parametrize(
    ("pid", "segment", "why"),
    [
        (MAN, obx("2276-4^Ferritin^LN", "NM", "25", "ng/mL", "see report"), "range-not-used"),
        (PID, obx("2276-4^Ferritin^LN", "NM", "25", "ng/mL", ""), "assumed"),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "3", "ng/mL", "<150"), "range-open-side"),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "70", "ng/mL", "<150"), None),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "170", "ng/mL", "<150"), None),
        (MAN, obx("2276-4^Ferritin X7^LN", "NM", "25", "ng/mL", "30-400"), "name-unknown"),
        (MAN, obx("2276-4^Ferritin^LN", "ST", "5-500", "ng/mL", ""), "undecided"),
        ("PID|1||1||A^B||20240401|F", obx("2132-9^B12^LN", "NM", "500", "pg/mL", ""), "no-range"),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "25", "ng/mL", "30-400"), None),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "25", "ng/mL", "30-400", flag="N"), None),
        (MAN, obx("2276-4^Ferritin^LN", "NM", "25", "mmol/L", ""), None),
        (MAN, obx("718-7^Hb^LN", "NM", "13", "g/dL", ""), None),
    ],
)
def test_a_result_that_is_judged_and_not_flagged_says_why(pid: str, segment: str, why: str | None) -> None:
    """By a code and in words; what was refused, flagged or only read has nothing to be said of it."""
    (one,) = hl7v2.flagged(message(segment).replace(PID, pid))
    assert [each.why for each in one.unflagged] == ([] if why is None else [why])
    assert all(each.words and each.segment.place == "OBX 1 (line 4)" for each in one.unflagged)
    assert one.judged == hl7v2.interpret(message(segment).replace(PID, pid))[0]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le"])
def test_the_flagged_messages_are_together_what_flag_gives(codec: str) -> None:
    """Piece by piece, with what stands before the first one, in whatever characters."""
    data = f"FHS|^~\\&|\r{WHOLE}{WHOLE.replace(PID, MAN)}".encode(codec)
    assert b"".join(each.sent for each in hl7v2.flagged(data)) == hl7v2.flag(data) != data


@pytest.mark.parametrize(
    "data",
    [
        message(obx(*PANEL[0]), "NTE|1||x").encode("utf-16-le") + b"x",
        message(obx(*PANEL[0]), charset="~ISO IR87").encode().replace(b"A^B", b"\x1b$B\x1b(B\x1b(B"),
    ],
)
def test_a_flag_that_cannot_be_written_is_told(data: bytes) -> None:
    """The message is given back as it came, and the result that would have had a flag is named."""
    (one,) = hl7v2.flagged(data)
    assert one.sent == data
    assert [each.why for each in one.unflagged] == ["not-writable"]


def test_every_segment_has_one_answer() -> None:
    """An interpretation, a reading for context, or the issue it was refused for, whether read or judged."""
    segments = [obx(*PANEL[0]), obx("718-7^Hb^LN", "NM", "13", "g/dL", ""), obx("^Glucose^L", "NM", "5", "mmol/L", "")]
    segments.append(obx("2276-4^Ferritin^LN", "NM", "38", "mmol/L", ""))
    (judged,) = hl7v2.interpret(message(*segments))
    told = list(judged.segments())
    assert [type(each.answer).__name__ for each in told] == ["Interpretation", "ContextReading", "Issue", "Issue"]
    assert [each.issue and each.issue.code for each in told] == [None, None, "unknown-marker", "unknown-unit"]
    assert [each.interpretation is not None for each in told] == [True, False, False, False]


@pytest.mark.parametrize("size", [1, 7, 300, 100_000])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_an_open_file_is_read_in_pieces_as_if_it_were_whole(
    size: int, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages, their numbers and their lines are the same, wherever a piece ends."""
    data = f"FHS|^~\\&|\r\n{WHOLE}  {WHOLE}\ufeff{WHOLE}".replace("\r", "\r\n").encode(codec)
    monkeypatch.setattr(feed, "PIECE", size)
    assert tuple(hl7v2.stream(io.BytesIO(data))) == hl7v2.interpret(data)
    assert hl7v2.read(io.BytesIO(data)) == hl7v2.read(data)


def test_a_file_is_not_read_further_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first message is there before the end of the file is."""
    monkeypatch.setattr(feed, "PIECE", 1000)
    file = io.BytesIO(WHOLE.encode() * 100)
    assert next(iter(hl7v2.stream(file))).message.number == 1
    assert file.tell() < 5000


@pytest.mark.parametrize("flag", ["H", "A~H", '""', "XYZ", " L"])
def test_a_flag_of_the_laboratory_is_never_touched(flag: str) -> None:
    """A flag that differs stays, and so does the null that says that there is none."""
    text = message(obx(*PANEL[0], flag=flag))
    assert hl7v2.flag(text) == text


@pytest.mark.parametrize(
    "segment",
    [
        obx(*PANEL[0], status="W"),
        obx("2276-4^Ferritin^LN", "NM", "38", "mg/dL", ""),
        obx("2276-4^Ferritin^LN", "NM", "38", "ng/mL", "", status="X"),
        obx("^Glucose^L", "NM", "5", "mmol/L", ""),
        obx("718-7^Hb^LN", "NM", "13", "g/dL", ""),
        obx("2276-4^Ferritin^LN", "ST", "5-500", "ng/mL", ""),
    ],
)
def test_what_was_not_judged_or_is_undecided_is_given_back_as_it_came(segment: str) -> None:
    """No flag is written without a place that is certain."""
    text = message(segment)
    assert hl7v2.flag(text) == text


def test_a_segment_that_ends_early_is_made_long_enough() -> None:
    """Fields up to OBX-8 are added, and no more."""
    text = message("OBX|1|NM|2276-4^Ferritin^LN||38|ng/mL").replace(PID, MAN)
    assert hl7v2.flag(text) == text.replace("38|ng/mL", "38|ng/mL||N")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16", "utf-16-le"])
def test_frames_line_ends_and_bytes_stay_as_they_are(end: str, codec: str) -> None:
    """What is written back differs in OBX-8 alone, whatever it is framed and encoded with."""
    text = f"FHS|^~\\&|\r{message(obx(*PANEL[0]), charset='')}NTE|1||für ½\r\x1c\rBTS|1\r".replace("\r", end)
    assert hl7v2.flag(text.encode(codec)).decode(codec) == text.replace("|30-400||", "|30-400|N|")


def test_broken_bytes_are_given_back_broken() -> None:
    """A byte that is no text is where it was, and the flag is where it belongs."""
    raw = message(obx(*PANEL[0])).encode().replace(b"A^B", b"A\xff\xfe^B")
    assert hl7v2.flag(raw) == raw.replace(b"|30-400||", b"|30-400|N|")


@pytest.mark.parametrize(("raw", "judged"), [(b"\x1b$B\x1b(B\x1b(B", 1), (b"\x1b$B$\x1b(B", 0)])
def test_a_message_that_cannot_be_written_as_it_came_is_left_alone(raw: bytes, judged: int) -> None:
    """Japanese with needless shifts would not come back as the same bytes; a patient with broken ones is not read."""
    data = message(obx(*PANEL[0]), charset="~ISO IR87").encode().replace(b"A^B", raw)
    assert hl7v2.flag(data) == data
    (answer,) = hl7v2.interpret(data)
    assert len(answer.panels[0].interpretations) == judged
    assert [each.issue is None for each, _ in answer.segments()] == [judged == 1]


def test_a_wide_file_that_is_cut_off_is_left_alone() -> None:
    """Half a character at the end of a file of two bytes each is not repaired."""
    data = message(obx(*PANEL[0])).encode("utf-16-le") + b"x"
    assert hl7v2.flag(data) == data


VALUES = st.tuples(st.sampled_from(PANEL), st.sampled_from(["", "H", '""', "L~A", "<"]), st.sampled_from("FCPXW"))


@given(st.lists(VALUES, max_size=5))
def test_flagging_twice_is_flagging_once_and_changes_no_answer(
    chosen: list[tuple[tuple[str, str, str, str, str], str, str]],
) -> None:
    """What is written is found there the second time, and reads as before but for the flags; bytes and text alike."""
    text = message(*(obx(*each, flag=flag, status=status) for each, flag, status in chosen))
    once = hl7v2.flag(text)
    assert hl7v2.flag(once) == once
    assert hl7v2.flag(text.encode()) == once.encode()
    before, after = (
        [(each.result, each.issue, each.notices) for m in hl7v2.read(one) for r in m.reports for each in r.segments]
        for one in (text, once)
    )
    assert before == after


def test_sets_strictness_and_marks_reach_the_judgement() -> None:
    """Every choice of the call has its effect."""
    text = message(obx("2276-4^Ferritin^LN", "ST", "1.100", "ng/mL", ""), obx("3034-6^x^LN", "NM", "250", "mg/dL", ""))
    (judged,) = hl7v2.interpret(text, decimal_mark=",", standard="mayo", strict=True, estimate_tibc=True)
    it = judged.panels[0].interpretations[0]
    assert (str(it.reading.low), it.standard.set, it.assumptions) == ("1100", "mayo", ())
    assert any(each.computed.estimated for each in judged.panels[0].derived)
    assert hl7v2.flag(text.replace(PID, MAN), decimal_mark=",", standard="mayo").count("|H|") == 1
    assert hl7v2.flag(text, decimal_mark=",", strict=True) == text
    for call in (hl7v2.interpret, hl7v2.flag):
        with pytest.raises(UnknownSetError):
            call(text, standard="nobody")


def test_a_clinic_can_bring_its_own_names(tmp_path: Path) -> None:
    """A local name in a clinic's catalog is read as any other."""
    (tmp_path / "ferritin.toml").write_text('id = "ferritin"\naliases = ["FERR Cobas"]\n', encoding="utf-8")
    catalog = Catalog.load(tmp_path)
    text = message(obx("4711^FERR Cobas^L", "NM", "38", "ng/mL", ""))
    assert hl7v2.read(text)[0].reports[0].results == ()
    assert len(hl7v2.read(text, catalog=catalog)[0].reports[0].results) == 1
    assert hl7v2.flag(text.replace(PID, MAN), catalog=catalog).count("|N|") == 1


def test_the_answer_is_json_and_comes_back() -> None:
    """A judged message is a frozen object like every other."""
    (judged,) = hl7v2.interpret(WHOLE)
    assert type(judged).model_validate_json(judged.model_dump_json()) == judged


def test_a_stream_is_as_lazy_as_it_says() -> None:
    """The first message is judged before the last is looked at."""
    every = hl7v2.stream(WHOLE + "MSH|broken\r" + WHOLE)
    assert next(every).message.number == 1
    assert [each.message.number for each in every] == [2, 3]


def test_a_broken_message_among_others_is_an_issue() -> None:
    """It keeps its place, and the others are judged."""
    found = hl7v2.interpret(WHOLE + "MSH|||\r" + WHOLE)
    assert [[issue.code for issue in each.message.issues] for each in found] == [[], ["message-unreadable"], []]
    assert [len(each.panels) for each in found] == [1, 0, 1]


def test_too_many_results_are_not_kept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`read` and `interpret` say so and name the stream, which goes on."""
    monkeypatch.setattr(judging, "MOST_KEPT", 6)
    for call in (hl7v2.read, hl7v2.interpret):
        assert len(call(WHOLE)) == 1
        with pytest.raises(MessageError, match=r"hl7v2\.stream"):
            call(WHOLE * 2)
    assert len(list(hl7v2.stream(WHOLE * 2))) == 2


@pytest.mark.parametrize("data", [None, 38, ["MSH"], Decimal(1), io.StringIO("MSH")])
def test_what_is_neither_bytes_nor_text_is_refused(data: object) -> None:
    """One typed error names the type; a file that gives text has no bytes."""
    for call in (hl7v2.read, hl7v2.interpret, hl7v2.flag):
        with pytest.raises(WrongTypeError):
            call(data)  # type: ignore[arg-type, type-var]  # that is what is tested


PIECES = st.sampled_from(
    [
        *rb"MSH|^~\&| ORU^R01 OBX|1|NM|2276-4^^LN|| PID| OBR| SPM| PV1| | ^ ~ & 38 < ng/mL F \X00\ \.sp99\ ".split(),
        *(b"\r", b"\n", b"\x00", b"\xff", b"\x1b$B", b"\xc2\xb5", b'""'),
    ]
)
ANYTHING = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join))


@given(ANYTHING, st.booleans())
@example(b"MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5\rOBX\r", False)  # noqa: FBT003  an example is given in order
def test_any_bytes_are_messages_or_one_typed_error(data: bytes, headed: bool) -> None:  # noqa: FBT001  Hypothesis gives it by name
    """No byte escapes as anything but an issue or a LabsError, and every answer is JSON."""
    data = message().encode() + data if headed else data
    try:
        judged = hl7v2.interpret(data)
    except LabsError:
        assert not headed
        return
    for each in judged:
        each.model_dump_json()
        assert sum(len(report.segments) for report in each.message.reports) == len(list(each.segments()))
    assert len(hl7v2.flag(data)) >= len(data)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.binary(min_size=1, max_size=3))
def test_a_damaged_message_is_never_an_escape(places: list[int], put: bytes) -> None:
    """A good message with bytes overwritten anywhere is read or refused, and what is judged is JSON."""
    data = bytearray(WHOLE.encode())
    for place in places:
        data[place % len(data) : place % len(data) + len(put)] = put
    try:
        for each in hl7v2.interpret(bytes(data)):
            each.model_dump_json()
    except MessageError:
        assert b"MSH" not in bytes(data) or not re.search(
            rb"(?:\A|[\r\n\x1c])(?:[ \t\x0b]|\xef\xbb\xbf)*MSH", bytes(data)
        )


def test_a_message_says_no_more_of_a_patient_than_the_value() -> None:
    """No issue holds a name, a number or a note of the patient."""
    text = message("OBX|1|NM|2276-4^Ferritin^LN||x38|ng/mL|||||F", "NTE|1||Secret")
    told = " ".join(issue.message + issue.text for each in hl7v2.interpret(text) for issue in each.panels[0].issues)
    assert "x38" in told
    assert "A^B" not in told
    assert "Secret" not in told


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Neither `import rlslabs` nor `rlslabs.hl7v2` loads it, and judging plain results never does."""
    code = "import sys, rlslabs.hl7v2; rlslabs.interpret('ferritin', '38 ng/mL'); assert 'hl7' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603  the command stands here
    assert done.stderr == ""
