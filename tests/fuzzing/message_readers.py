"""The reader of HL7 v2, and what it writes back."""

from __future__ import annotations

import re
from random import Random

from rlslabs import LabsError, hl7v2
from tests.fuzzing.mutate import worse_bytes
from tests.fuzzing.planted import SECRETS, as_bytes, best, issues_hold
from tests.fuzzing.run import BrokenError, Case, Target
from tests.fuzzing.text_readers import refused

_MSH = b"MSH|^~\\&|LAB|H|EHR|H|20240501||ORU^R01^ORU_R01|1|P|2.5.1||||||%s"
_PIDS = (
    b"PID|1||Quetzalnam-1^^^H^MR||Quetzalnam^Quetzalnam^^^Frau||19610719|F|||Wolkenweg 1^^Bonn",
    b"PID|1||1||||1990|M",
)
_SEGMENTS = (
    b"OBR|1|||LAB^Laboratory^L|||202405010800",
    b"OBR|2|||24108-3^Iron panel^LN|||20240501",
    b"OBX|1|NM|2276-4^Ferritin^LN||38.50|ng/mL^^UCUM|20 - 300||||F",
    b"OBX|2|SN|2276-4^Ferritin^LN||<^5|ng/mL^^UCUM|>20|||N|F",
    b"OBX|3|SN|2498-4^Iron^LN||60^-^70|ug/dL|50-170 ug/dL||||P|||20240501081500+0200",
    b"OBX|4|ST|2502-3^TSAT^LN||18,5 %|||L|||C",
    b"OBX|5|ST|FER^Ferritin^L^2276-4^^LN||&lt;5 ng/mL||24-336||||F",
    b"OBX|6|NM|2132-9^B12^LN||300|pg/mL~ng/L|\\T\\200\\F\\900||||F||||||LAB",
    b"OBX|7|NM|1989-3^25-OH D3^LN||\\X3530\\|nmol/L\\.br\\|75-\\H\\150\\N\\||||F",
    b"OBX|8|CWE|82810-3^Pregnancy status^LN||LA15173-0^Pregnant^LN||||||F",
    b"OBX|9|TX|5778-6^Colour^LN||yellow||||||F",
    "OBX|10|NM|2498-4^Eisen^LN||12|µmol/l|11–28||||F".encode(),
    b"SPM|1|||SER^Serum^HL70487",
    b"NTE|1||haemolytic",
    b"PV1|1|O|||||||||||||B6",
    b"ORC|RE",
)
_SETS = (
    b"UNICODE UTF-8",
    b"",
    b"8859/1",
    b"ASCII",
    b"8859/15~UNICODE",
    b"ISO IR87",
    b"GB 18030-2000",
    b"BIG-5",
    b"EBCDIC",
    b"UNICODE UTF-16",
)
_ENDS = (b"\r", b"\r", b"\r", b"\n", b"\r\n", b"\r\r")
_BYTES = (
    *(
        b"|",
        b"^",
        b"~",
        b"\\",
        b"&",
        b"\r",
        b"\n",
        b"MSH|",
        b"MSH|^~\\&|",
        b"OBX|",
        b"PID|",
        b'""',
        b"\x0b",
        b"\x1c\r",
        b"\0",
    ),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc2\xb5",
        b"\xb5",
        b"\x80",
        b"\xff",
        b"\x1b$B",
        b"\x81",
        b"\\X",
        b"\\XC2B5\\",
        b"\\.br\\",
    ),
    *(
        b"\\.sp9999\\",
        b"\\Zx\\",
        b"\\E\\",
        b"FHS|",
        b"BHS|",
        b"BTS|1",
        b"ADD|",
        b"0",
        b"9",
        b".",
        b",",
        b"<",
        b"-",
        b" ",
        b"F",
        b"2276-4",
    ),
)


def hl7_case(rng: Random) -> Case:
    """A message or a few, with segments left out, doubled, moved, and with bytes that do not belong."""
    parts = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        segments = [_MSH % rng.choice(_SETS), rng.choice(_PIDS), _SEGMENTS[0]]
        segments += [rng.choice(_SEGMENTS) for _ in range(rng.randrange(1, 6))]
        at = rng.randrange(len(segments))
        segments[at] = worse_bytes(rng, segments[at], _BYTES)
        if rng.random() < 0.1:
            del segments[rng.randrange(len(segments))]
        parts.append(rng.choice(_ENDS).join([*segments, b""]))
    data = b"".join(parts)
    match rng.randrange(20):
        case 0:
            data = b"\x0b" + data + b"\x1c\r"
        case 1:
            data = data.decode("latin-1").encode(
                rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-16-be"))
            )
        case 2:
            data = data.replace(b"|", rng.choice((b"!", b"^", b"a", b"\t", b"||")))
    return (worse_bytes(rng, data, _BYTES) if rng.random() < 0.5 else data,)


def hl7_holds(case: Case) -> tuple[str, ...]:
    """Read and flagged, or refused; what is flagged differs in OBX alone, and twice is once."""
    data = as_bytes(case[0])
    try:
        read = hl7v2.read(data)
        flagged = hl7v2.flag(data)
    except LabsError as error:
        return refused(error)
    became, hidden = [], _whole(data)
    for message in read:
        issues_hold(message.issues, hidden=hidden)
        became += [each.code for each in message.issues]
        for report in message.reports:
            issues_hold([report.issue], hidden=hidden)
            for each in report.segments:
                if (each.result is None) == (each.issue is None):
                    raise BrokenError("neither a result nor a refusal, or both")
                issues_hold([*each.notices, each.issue], hidden=hidden)
                became.append(each.issue.code if each.issue else "read")
    if flagged != data:
        _flagged_holds(data, flagged, read)
        became.append("flagged")
    return (best(became),)


def _flagged_holds(data: bytes, flagged: bytes, read: tuple[hl7v2.Message, ...]) -> None:
    if hl7v2.flag(flagged) != flagged:
        raise BrokenError("flagged twice is not flagged once")
    if [_told(each) for each in hl7v2.read(flagged)] != [_told(each) for each in read]:
        raise BrokenError("a flagged message reads otherwise")
    if b"\0" in data:
        return
    old, new = (re.split(rb"[\r\n]", each) for each in (data, flagged))
    changed = [(one, two) for one, two in zip(old, new, strict=False) if one != two]
    if len(old) != len(new) or any(b"OBX" not in one or len(two) - len(one) > 16 for one, two in changed):
        raise BrokenError("more than OBX-8 was written")


def _told(message: hl7v2.Message) -> str:
    """A message but for the flags that were filled in."""
    return repr([[(each.result, each.issue, each.notices) for each in report.segments] for report in message.reports])


def _whole(data: bytes) -> bool:
    """Whether every line that holds something planted is as it was, between the usual separators."""
    lines = re.split(rb"[\r\n]", data.replace(b"\x0b", b""))
    planted = [line for line in lines if any(each.encode() in line for each in SECRETS)]
    heads = [line for line in lines if b"MSH" in line]
    if b"\0" in data:  # in two or four bytes a character
        return False
    return all(line in _PIDS for line in planted) and all(line.startswith(b"MSH|^~\\&|LAB|") for line in heads)


TARGETS = (Target("hl7v2", hl7_case, hl7_holds),)
