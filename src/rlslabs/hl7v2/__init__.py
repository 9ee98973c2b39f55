"""HL7 v2: results out of ORU^R01 messages, judged, and OBX-8 written back where a laboratory left it empty.

It needs the extra `hl7v2`. The notes of a laboratory (NTE) are not read. No network, no log.
"""

from rlslabs.hl7v2.flagging import FlaggedMessage, Unflagged, flag, flagged
from rlslabs.hl7v2.judging import interpret, read, stream
from rlslabs.hl7v2.received import JudgedMessage, JudgedSegment, Message, Report, Segment

__all__ = [
    "FlaggedMessage",
    "JudgedMessage",
    "JudgedSegment",
    "Message",
    "Report",
    "Segment",
    "Unflagged",
    "flag",
    "flagged",
    "interpret",
    "read",
    "stream",
]
