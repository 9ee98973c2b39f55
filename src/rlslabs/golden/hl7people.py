"""HL7 v2 messages about two patients, of other days, in other separators, and with escapes; answers by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.forms import AnsweredForm, AskedHl7v2
from rlslabs.golden.hand import MEN, RANGES, Hand, read, refused
from rlslabs.golden.hl7cases import HEADER, MAN, ORDER, answered, message, obx

_WOMAN = "PID|2||2||||19840310|F"
_BOY = "PID|1||1||||20060502|M"
"""17 years old until the day after the collection."""

_OF_AGE = "PID|1||1||||20060501|M"
"""18 years old on the day of the collection."""

_STATUS = "OBX|1|CWE|82810-3^Pregnancy status^LN||LA15173-0^^LN||||||F"
_LATER = HEADER.replace("20240501", "20240503")


def hl7_people() -> Iterator[Hand]:
    """Every case."""
    yield from _two()
    yield from _days()
    yield from _written()


def _two() -> Iterator[Hand]:
    his = read("ferritin", "200", "ng/mL", "above-optimal")
    hers = read("ferritin", "200", "ng/mL", "high", assumed=("not-pregnant",))
    low = read("ferritin", "10", "ng/mL", "low", assumed=("not-pregnant",))
    none, told = read("ferritin", "10", "ng/mL", "no range"), refused("unknown-marker")
    two, ten = obx("200"), obx("10")
    both = "a man: 150 < 200 <= 409; a woman of 40: 175 < 200"
    hers_alone = "a woman of 40 who is not pregnant: 10 < 20"
    third = "PID|3||3||||19840310|F"
    for name, asked, expect, arithmetic in (
        ("man-first", message(two, _WOMAN, ORDER, two), answered(his, hers), both),
        ("woman-first", message(two, MAN, ORDER, two, person=_WOMAN), answered(hers, his), both),
        (
            "another-is-pregnant",
            message(ten, _STATUS, third, ORDER, ten, person=_WOMAN),
            *(answered(none, told, low), hers_alone),
        ),
        (
            "the-second-is-pregnant",
            message(ten, third, ORDER, ten, _STATUS, person=_WOMAN),
            *(answered(low, none, told), hers_alone),
        ),
    ):
        yield _case(f"person/two-patients/{name}", "each result is of its own patient", asked, expect, arithmetic)


def _days() -> Iterator[Hand]:
    """The day of collection is OBX-14, else OBR-7, and never that of the message."""
    boy = answered(read("ferritin", "205", "ng/mL", "high, no optimal range"))
    man = answered(read("ferritin", "205", "ng/mL", "above-optimal"))
    earlier, value = f"{obx('205')}|||20240430", obx("205")
    for name, asked, expect, arithmetic in (
        ("message-later", message(value, person=_BOY, header=_LATER), boy, "OBR-7: 17 years; 201 < 205"),
        ("result-earlier", message(earlier, person=_OF_AGE), boy, "OBX-14: 17 years; 201 < 205"),
        ("of-age", message(value, person=_OF_AGE, header=_LATER), man, "OBR-7: 18 years; 150 < 205 <= 409"),
        (
            *("no-day", message(value, person=_BOY, order="OBR|1|||LAB^Laboratory^L", header=_LATER)),
            *(answered(read("ferritin", "205", "ng/mL", "open")), "to 17 years 201 < 205, from 18 205 <= 409"),
        ),
        (
            *("no-day-in-range", message(obx("205", own="30-400"), person=_BOY, order="OBR|1|||LAB^Laboratory^L")),
            answered(read("ferritin", "205", "ng/mL", "within, open", by="report", assumed=("printed-range-fits",))),
            "30 <= 205 <= 400, as printed; to 17 years no optimal range, from 18 150 < 205",
        ),
    ):
        yield _case(f"person/day/{name}", "the age at collection decides", asked, expect, arithmetic)


def _written() -> Iterator[Hand]:
    below = answered(read("ferritin", "<5", "ng/mL", "low", off_scale=("<",)))
    above = answered(read("ferritin", ">2000", "ng/mL", "high", off_scale=(">",)))
    low_iron = answered(read("iron", "10", "umol/L", "low", by="report"))
    iron = obx("10", "umol/L", "14798-3^Iron^LN", own="59-158 ug/dL")
    marked = message(obx("<^5", kind="SN")).hl7v2.replace("|", "#").replace("^", "*")
    for name, asked, expect, arithmetic in (
        ("escape", message(obx(r"\X3C\5", kind="ST")), below, "hexadecimal 3C is `<`; all are below 20"),
        ("other-separators", AskedHl7v2(hl7v2=marked), below, "`#` and `*` by MSH-1 and MSH-2; all are below 20"),
        ("flag-above", message(obx("2000", flag=">")), above, "table 0078: `>` is above the scale; 409 < 2000"),
        ("range-in-mass", message(iron), low_iron, "10 x 5.5845 = 55.845 < 59"),
    ):
        yield _case(f"value/{name}", "it is read as its sender wrote it", asked, expect, arithmetic)
    mark = answered(refused("ambiguous-number"))
    yield _case(
        "refusal/ambiguous-number/point",
        "in text a point may part thousands",
        message(obx("1.220", kind="ST")),
        mark,
        "",
    )
    behind = answered(refused("unreadable-value"))
    why = "a comparator behind its number is not where SN has it, and the number is not taken without it"
    yield _case("refusal/unreadable-value/behind", why, message(obx("5^<", kind="SN")), behind, "")
    for code in ("35365-6", "24373-3", "62290-2", "49054-0", "16695-9"):
        asked = message(obx("38", test=f"{code}^^LN"))
        why = f"{code} is another test"
        yield _case(f"refusal/another-analyte/{code}", why, asked, answered(refused("another-analyte")), "")
    for sample in ("WB^Blood, Whole", "CSF^Cerebral spinal fluid", "SAL^Saliva", "MAR^Marrow"):
        asked = message(obx("38"), f"SPM|1|||{sample}^HL70487")
        why = f"{sample} is neither serum nor plasma"
        yield _case(
            f"refusal/another-analyte/{sample[:3].strip('^')}", why, asked, answered(refused("another-analyte")), ""
        )


def _case(name: str, why: str, asked: AskedHl7v2, expect: AnsweredForm, arithmetic: str) -> Hand:
    sources = (RANGES, "knowledge: 1.2", "knowledge: 3.3", "conventions: HL7v2")
    return Hand(f"hl7v2/{name}", "hl7v2", why, asked, expect, MEN["ferritin"], arithmetic, sources)
