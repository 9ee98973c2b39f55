"""HL7 v2 messages, each with the answer by hand: markers and units, comparators, ranges, refusals, notices, people."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.forms import AnsweredForm, AskedHl7v2, FormResult
from rlslabs.golden.hand import MEN, RANGES, Hand, read, refused
from rlslabs.model import Hl7Code

_CONVENTION = "conventions: HL7v2"
HEADER = r"MSH|^~\&|LAB||EHR||20240501||ORU^R01^ORU_R01|1|P|2.5.1||||||UNICODE UTF-8"
MAN = "PID|1||1||||19840310|M"
ORDER = "OBR|1|||LAB^Laboratory^L|||20240501"
_FERRITIN = "2276-4^Ferritin^LN"
_SATURATION = "2502-3^Transferrin saturation^LN"
_READ = read("ferritin", "38", "ng/mL", "below-optimal")


def obx(
    value: str,
    unit: str = "ng/mL",
    test: str = _FERRITIN,
    *,
    kind: str = "NM",
    own: str = "",
    flag: str = "",
    status: str = "F",
) -> str:
    """An OBX segment; a unit without components is a UCUM code."""
    coded = f"{unit}^^UCUM" if unit and "^" not in unit else unit
    return f"OBX|1|{kind}|{test}||{value}|{coded}|{own}|{flag}|||{status}"


def message(*segments: str, header: str = HEADER, person: str = MAN, order: str = ORDER) -> AskedHl7v2:
    """A message about the man, collected on 1 May 2024, when he is 40; what is empty is left out."""
    every = [each for each in (header, person, order, *segments) if each]
    return AskedHl7v2(hl7v2="".join(f"{each}\r" for each in every))


def answered(*results: FormResult, issues: tuple[str, ...] = ()) -> AnsweredForm:
    """The results of the OBX segments of a message."""
    return AnsweredForm(issues=issues, results={f"OBX[{number}]": each for number, each in enumerate(results, 1)})


def hl7_cases() -> Iterator[Hand]:
    """Every case."""
    yield from _units()
    yield from _comparators()
    yield from _ranges()
    yield from _refusals()
    yield from _wholes()
    yield from _notices()
    yield from _people()


def _units() -> Iterator[Hand]:
    """One of each marker and of each kind of unit; every limit is asked in the plain form."""
    cases: tuple[tuple[str, str, str, str, str, str, str], ...] = (
        ("ferritin", _FERRITIN, "38", "ng/mL", "below-optimal", "20 <= 38 < 75", ""),
        ("ferritin", "20567-4^Ferritin^LN", "19.9", "ug/L", "low", "1 ug/L = 1 ng/mL; 19.9 < 20", ""),
        (
            *("ferritin", "14723-1^Ferritin^LN", "100", "pmol/L", "below-optimal"),
            *("445 kDa: 100 pmol/L = 44.5 ng/mL; 20 <= 44.5 < 75", "approximate-conversion"),
        ),
        ("iron", "2498-4^Iron^LN", "80", "ug/dL", "optimal", "80 <= 80 <= 130", ""),
        ("iron", "14798-3^Iron^LN", "10", "umol/L", "below-optimal", "10 x 5.5845 = 55.845; 50 <= 55.845 < 80", ""),
        ("tibc", "2500-7^TIBC^LN", "351", "ug/dL", "above-optimal", "350 < 351 <= 400", ""),
        ("tibc", "14800-7^TIBC^LN", "70", "umol/L", "above-optimal", "70 x 5.5845 = 390.915; 350 < 390.915 <= 400", ""),
        ("transferrin_saturation", _SATURATION, "50.1", "%", "high", "50 < 50.1", ""),
        ("transferrin_saturation", _SATURATION, "0.2", "1", "below-optimal", "0.2 = 20 %; 14 <= 20 < 25", ""),
        (
            *("transferrin_saturation", "14801-5^Transferrin saturation^LN", "35", "%", "optimal"),
            *("25 <= 35 <= 35", ""),
        ),
        ("vitamin_b12", "2132-9^Vitamin B12^LN", "914", "pg/mL", "above-optimal", "900 < 914 <= 914", ""),
        ("vitamin_b12", "2132-9^Vitamin B12^LN", "179", "ng/L", "low", "1 ng/L = 1 pg/mL; 179 < 180", ""),
        (
            *("vitamin_b12", "14685-2^Vitamin B12^LN", "400", "pmol/L", "optimal"),
            *("400 x 1.35537 = 542.148 pg/mL; 500 <= 542.148 <= 900", ""),
        ),
        ("vitamin_d", "62292-8^Vitamin D^LN", "60", "ng/mL", "high, in optimal", "50 < 60; 50 <= 60 <= 80", ""),
        ("vitamin_d", "62292-8^Vitamin D^LN", "50", "ug/L", "optimal", "1 ug/L = 1 ng/mL; 50 <= 50 and 50 <= 50", ""),
        (
            *("vitamin_d", "68438-1^Vitamin D^LN", "60", "nmol/L", "below-optimal"),
            *("60 x 0.40064 = 24.0384; 20 <= 24.0384 < 50", ""),
        ),
        (
            *("vitamin_d", "1989-3^25-hydroxyvitamin D3^LN", "30", "ng/mL", "below-optimal"),
            *("20 <= 30 < 50; D3 without D2", "partial-analyte"),
        ),
    )
    for marker, test, value, unit, outcome, arithmetic, issue in cases:
        expect = answered(read(marker, value, unit, outcome, *((issue,) if issue else ())))
        code = test.partition("^")[0]
        sources = (RANGES, "knowledge: 3.1", "knowledge: 4.1")
        asked = message(obx(value, unit, test))
        why = f"{code} in {unit} is {marker}"
        yield Hand(f"hl7v2/unit/{code}/{unit}", "hl7v2", why, asked, expect, MEN[marker], arithmetic, sources)


def _comparators() -> Iterator[Hand]:
    """A comparator in SN, before the number, or as text; only `<` and `>` are off the scale."""
    cases: tuple[tuple[str, str, str, str, str, tuple[Hl7Code, ...], str], ...] = (
        ("SN", "<^5", "", "<5", "low", ("<",), "every value below 5 is below 20"),
        ("SN", "<=^20", "", "<=20", "open, below optimal", (), "20 is within and 19 is below; all are below 75"),
        ("SN", ">^409", "", ">409", "high", (">",), "every value is above 409"),
        ("SN", ">=^409", "", ">=409", "open, above optimal", (), "409 is within and 410 above; all are above 150"),
        ("SN", "^38", "", "38", "below-optimal", (), "20 <= 38 < 75"),
        ("SN", "=^38", "", "38", "below-optimal", (), "`=` is dropped; 20 <= 38 < 75"),
        ("SN", "^40^-^60", "", "40-60", "below-optimal", (), "20 <= 40 and 60 < 75"),
        ("NM", "<5", "", "<5", "low", ("<",), "every value below 5 is below 20"),
        ("NM", "5", "<", "<5", "low", ("<",), "table 0078: `<` is below the limit of detection; all are below 20"),
        ("ST", "<5", "", "<5", "low", ("<",), "every value below 5 is below 20"),
        ("ST", "<30", "", "<30", "open, below optimal", ("<",), "29 is within and 19 is below; all are below 75"),
        ("TX", "38 ng/mL", "", "38", "below-optimal", (), "20 <= 38 < 75"),
        ("NM", "1.220", "", "1.22", "low", (), "in NM a point parts decimals; 1.22 < 20"),
    )
    for kind, value, flag, text, outcome, codes, arithmetic in cases:
        unusual = ("unusual-value",) if text == "1.22" else ()
        expect = answered(read("ferritin", text, "ng/mL", outcome, *unusual, off_scale=codes))
        asked = message(obx(value, kind=kind, flag=flag))
        why = "what is meant is every value of an interval, and not its number"
        yield _case(f"value/{kind}/{value}{'/flag' if flag else ''}", why, asked, expect, arithmetic)


def _ranges() -> Iterator[Hand]:
    """OBX-7 wins where it is sane; where it is not the answer says so, and nothing is flagged from it."""
    cases: tuple[tuple[str, str, str, str, str, str], ...] = (
        ("30-400", "25", "low", "report", "", "25 < 30"),
        ("30 - 400", "30", "below-optimal", "report", "", "30 <= 30; 30 < 75"),
        (">30", "25", "low", "report", "", "25 < 30; an absent end is open"),
        ("<30", "38", "high, below optimal", "report", "", "30 < 38; 38 < 75"),
        ("400-30", "25", "below-optimal", "general", "range-inverted", "400 > 30; 20 <= 25 < 75"),
        ("see note", "25", "below-optimal", "general", "range-unreadable", "20 <= 25 < 75"),
        ("30-400 mmol/L", "25", "below-optimal", "general", "range-unit-unknown", "not in mmol/L; 20 <= 25 < 75"),
        ("0.0001-0.0002", "25", "below-optimal", "general", "range-implausible", "no ferritin; 20 <= 25 < 75"),
    )
    for own, value, outcome, by, issue, arithmetic in cases:
        expect = answered(read("ferritin", value, "ng/mL", outcome, *((issue,) if issue else ()), by=by))
        why = "the report's own range wins where it can be used, and the answer says where not"
        yield _case(f"range/{own}", why, message(obx(value, own=own)), expect, arithmetic)


def _refusals() -> Iterator[Hand]:
    urine = "SPM|1|||UR^Urine^HL70487"
    cases: tuple[tuple[str, str, AskedHl7v2, str], ...] = (
        ("result-status", "wrong", message(obx("38", status="W")), "posted as wrong"),
        ("result-status", "deleted", message(obx("38", status="D")), "the record is deleted"),
        ("result-status", "none", message(obx("38", status="X")), "no result can be obtained"),
        ("result-status", "pending", message(obx("38", status="I")), "the specimen is in the laboratory"),
        ("result-status", "unknown", message(obx("38", status="Q")), "Q does not stand in table 0085"),
        (
            *("result-status", "cancelled", message(obx("38"), order=f"{ORDER}{'|' * 18}X")),
            "OBR-25 is X: the order was cancelled",
        ),
        ("missing-value", "empty", message(obx("")), "there is no value"),
        ("unreadable-value", "words", message(obx("pending", kind="ST")), "no number"),
        ("ambiguous-number", "mark", message(obx("1,220", kind="ST")), "1220 or 1.22"),
        ("comparator-conflict", "other", message(obx("<>^5", kind="SN")), "`<>` is no comparator of a value"),
        ("negative-value", "five", message(obx("-5")), "-5 < 0"),
        ("implausible-value", "high", message(obx("900000")), "the hard limit is 800000 ng/mL"),
        ("inverted-interval", "structured", message(obx("^60^-^40", kind="SN")), "60 > 40"),
        ("missing-unit", "empty", message(obx("38", "")), "38 of what is not said"),
        ("unknown-unit", "milligrams", message(obx("38", "mg/L")), "no ferritin is counted in mg/L"),
        ("unit-conflict", "twice", message(obx("38", "ng/mL^^UCUM^pmol/L^^L")), "two units that differ"),
        ("code-unit-mismatch", "moles", message(obx("38", "pmol/L")), "2276-4 counts mass, and pmol/L moles"),
        ("code-check-digit", "typo", message(obx("38", test="2276-5^^LN")), "the check digit of 2276 is 4"),
        (
            "unreadable-name",
            "twice",
            message(obx("38", test="4711^Ferritine sÃ©rique^L")),
            "the bytes of é, read one by one",
        ),
        ("code-mangled", "date", message(obx("38", test="Mar-89^^LN")), "1989-3, made a date by a spreadsheet"),
        ("unknown-marker", "sodium", message(obx("140", "mmol/L", "2951-2^Sodium^LN")), "another test"),
        ("another-analyte", "goal", message(obx("38", test="86914-9^^LN")), "a goal is no result"),
        ("another-analyte", "calcitriol", message(obx("38", test="1649-3^^LN")), "1,25-dihydroxyvitamin D"),
        ("another-analyte", "urine", message(obx("38"), urine), "the ranges are for serum and plasma"),
        ("another-analyte", "second", message(obx("38"), "SPM|1|||SER~UR"), "a second specimen, of urine"),
        ("marker-conflict", "troponin", message(obx("38", test="2276-4^Troponin T^LN")), "no name of ferritin"),
        ("marker-conflict", "name", message(obx("38", test="2276-4^Iron^LN")), "ferritin by code, iron by name"),
        ("unknown-sex-code", "q", message(obx("38"), person="PID|1||1||||19840310|Q"), "Q is in no table of sexes"),
        ("unreadable-date", "born", message(obx("38"), person="PID|1||1||||10/03/1984|M"), "10 March or 3 October"),
        ("unreadable-age", "unborn", message(obx("38"), person="PID|1||1||||20250304|M"), "born after the collection"),
        (
            "patient-conflict",
            "man",
            message(obx("38"), order=f"PV1|1|O{'|' * 13}B6\r{ORDER}"),
            "a man is not pregnant",
        ),
        (
            "unreadable-pregnancy",
            "weeks",
            message(obx("38"), order=f"{ORDER}{'|' * 24}^Pregnancy", person="PID|1||1||||19940115|F"),
            "OBR-31 gives a pregnancy as a reason, and not whether she is pregnant",
        ),
        ("unreadable-pregnancy", "rhesus", message(obx("38"), "DG1|1||^Pregnancy, Rh negative^L"), "it is not denied"),
    )
    for code, name, asked, why in cases:
        yield _case(f"refusal/{code}/{name}", why, asked, answered(refused(code)), why)


def _wholes() -> Iterator[Hand]:
    """What is no message with results, and segments that are broken or replaced."""
    nothing = AnsweredForm(refused="message-unreadable", results={})
    yield _case("refusal/message-unreadable/words", "it is no message", AskedHl7v2(hl7v2="hello"), nothing, "")
    other = message(obx("38"), header=HEADER.replace("ORU^R01^ORU_R01", "ADT^A01^ADT_A01"))
    why = "MSH-9 is an admission, and holds no results"
    yield _case("refusal/message-unreadable/type", why, other, nothing, "")
    broken = message(obx("80", "ug/dL", "2498-4^Iron^LN"), "OBX|1|NM|2276-4^Ferritin^LN||3", "8|ng/mL^^UCUM|||||F")
    both = answered(read("iron", "80", "ug/dL", "optimal"), refused("segment-unreadable"))
    why = "a raw line break stands in the number: 3 is not what was measured"
    yield _case("refusal/segment-unreadable/line", why, broken, both, "iron: 80 <= 80 <= 130")
    corrected = message(obx("83"), obx("38", status="C"))
    first = answered(refused("result-status"), _READ)
    why = "a correction takes the place of the earlier record"
    yield _case("refusal/result-status/replaced", why, corrected, first, "20 <= 38 < 75")
    beside = message(obx("38", status="W"), obx("80", "ug/dL", "2498-4^Iron^LN"))
    both = answered(refused("result-status"), read("iron", "80", "ug/dL", "optimal"))
    why = "one that is refused takes nothing else with it"
    yield _case("refusal/result-status/beside-another", why, beside, both, "iron: 80 <= 80 <= 130")


def _notices() -> Iterator[Hand]:
    bare = HEADER.removesuffix("|UNICODE UTF-8")

    def noticed(code: str) -> AnsweredForm:
        return answered(read("ferritin", "38", "ng/mL", "below-optimal", code))

    saturation = read("transferrin_saturation", "0.2", "1", "below-optimal", "fraction-assumed")
    cases: tuple[tuple[str, str, AskedHl7v2, AnsweredForm], ...] = (
        ("result-not-final", "preliminary", message(obx("38", status="P")), noticed("result-not-final")),
        ("result-not-final", "entered", message(obx("38", status="R")), noticed("result-not-final")),
        ("result-not-final", "partial", message(obx("38", status="S")), noticed("result-not-final")),
        ("result-not-final", "empty", message(obx("38", status="")), noticed("result-not-final")),
        (
            *("character-set-guessed", "micro", message(obx("38", "µg/L^^L"), header=bare)),
            answered(read("ferritin", "38", "ug/L", "below-optimal"), issues=("character-set-guessed",)),
        ),
        ("display-unknown", "words", message(obx("38", test="2276-4^Ferritin X7^LN")), noticed("display-unknown")),
        ("fraction-assumed", "size", message(obx("0.2", "", _SATURATION)), answered(saturation)),
    )
    for code, name, asked, expect in cases:
        yield _case(f"notice/{code}/{name}", f"judged, with the notice {code}", asked, expect, "20 <= 38 < 75")
    for status in "CUABV":
        why = f"OBX-11 {status} is a result that stands"
        yield _case(f"notice/none/{status}", why, message(obx("38", status=status)), answered(_READ), "20 <= 38 < 75")
    why = "no character set means ASCII, and nothing else stands in it"
    yield _case("notice/none/ascii", why, message(obx("38"), header=bare), answered(_READ), "20 <= 38 < 75")
    none = AskedHl7v2(hl7v2=f"{HEADER}\r")
    yield _case("notice/none/empty", "a message without results is none that is refused", none, answered(), "")
    why = "a local code, and an exact name that decides"
    local = message(obx("38", test="4711^Ferritin^L"))
    yield _case("notice/told-by-name/local", why, local, noticed("told-by-name"), "20 <= 38 < 75")
    context = message(obx("3", "mg/L", "1988-5^CRP^LN"))
    yield _case("notice/none/context", "CRP is read and not judged", context, answered(FormResult(marker="crp")), "")


def _people() -> Iterator[Hand]:
    """Who the patient could be; facts that are not known are never guessed in silence."""
    woman = "PID|1||1||||19940115|F"
    status = "OBX|1|CWE|82810-3^Pregnancy status^LN||{}^^LN||||||F"
    ten = obx("10")
    assumed = read("ferritin", "38", "ng/mL", "below-optimal", assumed=("not-pregnant",))
    none = read("ferritin", "10", "ng/mL", "no range")
    said = refused("unknown-marker")
    adult = read("ferritin", "38", "ng/mL", "below-optimal", assumed=("adult", "not-pregnant"))
    open_ = read("ferritin", "200", "ng/mL", "open, above optimal", assumed=("not-pregnant",))
    girl = read("ferritin", "38", "ng/mL", "within, no optimal range")
    fifty, older = (read("ferritin", "200", "ng/mL", outcome) for outcome in ("high", "above-optimal"))
    denied = status.format("LA26683-5")
    cases: tuple[tuple[str, AskedHl7v2, tuple[FormResult, ...], str], ...] = (
        ("pregnant", message(ten, status.format("LA15173-0"), person=woman), (none, said), "no adult range is for her"),
        ("b6", message(ten, order=f"PV1|1|O{'|' * 13}B6\r{ORDER}", person=woman), (none,), "PV1-15 B6: the same"),
        ("not-pregnant", message(obx("38"), denied, person=woman), (_READ, said), "women 18-50: 20 <= 38 < 75"),
        ("pregnancy-unknown", message(obx("38"), person=woman), (assumed,), "women 18-50: 20 <= 38 < 75"),
        ("nobody", message(obx("38"), person="PID|1||1"), (adult,), "every adult: 20 <= 38 < 75"),
        (
            *("sex-open", message(obx("200"), person="PID|1||1||||19840310|U"), (open_,)),
            "200 <= 409 for a man, 200 > 175 for a woman; 200 > 150",
        ),
        ("girl", message(obx("38"), person="PID|1||1||||20150601|F"), (girl,), "8 years: 8 <= 38 <= 115"),
        (
            *("fifty", message(obx("200"), denied, person="PID|1||1||||19730502|F"), (fifty, said)),
            "50 years until the next day: 175 < 200",
        ),
        (
            *("fifty-one", message(obx("200"), denied, person="PID|1||1||||19730501|F"), (older, said)),
            "51 years that day: 150 < 200 <= 328",
        ),
    )
    for name, asked, results, arithmetic in cases:
        why = "who the patient is on the day of collection decides"
        yield _case(f"person/{name}", why, asked, answered(*results), arithmetic, "knowledge: 1.2")


def _case(name: str, why: str, asked: AskedHl7v2, expect: AnsweredForm, arithmetic: str, *more: str) -> Hand:
    sources = (RANGES, _CONVENTION, *more)
    return Hand(f"hl7v2/{name}", "hl7v2", why, asked, expect, MEN["ferritin"], arithmetic, sources)
