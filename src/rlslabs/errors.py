"""Every error, each with a code; the message says what happened and what to do.

```
LabsError
├── MarkerError (LookupError)
│   ├── UnknownMarkerError         unknown-marker
│   ├── AnotherAnalyteError        another-analyte
│   ├── CheckDigitError            code-check-digit
│   ├── MangledCodeError           code-mangled
│   ├── UnreadableNameError        unreadable-name
│   └── MarkerConflictError        marker-conflict
├── ValueRefusedError (ValueError)
│   ├── MissingValueError          missing-value
│   ├── UnreadableValueError       unreadable-value
│   ├── AmbiguousNumberError       ambiguous-number
│   ├── NotANumberError            not-a-number
│   ├── InfiniteValueError         infinite-value
│   ├── NegativeValueError         negative-value
│   ├── InvertedIntervalError      inverted-interval
│   ├── ComparatorConflictError    comparator-conflict
│   ├── ImplausibleValueError      implausible-value
│   ├── WrongTypeError             wrong-type
│   └── EngineError                not-read-by-engine
├── UnitError (ValueError)
│   ├── MissingUnitError           missing-unit
│   ├── UnknownUnitError           unknown-unit
│   ├── AmbiguousUnitError         ambiguous-unit
│   ├── UnitConflictError          unit-conflict
│   └── CodeUnitError              code-unit-mismatch
├── RangeRefusedError (ValueError)
│   ├── UnreadableRangeError       range-unreadable
│   ├── InvertedRangeError         range-inverted
│   ├── ImplausibleRangeError      range-implausible
│   ├── RangeConflictError         range-conflict
│   └── RangeUnitError             range-unit-unknown
├── PatientError (ValueError)
│   ├── SexError                   unknown-sex-code
│   ├── AgeError                   unreadable-age
│   ├── DateError                  unreadable-date
│   ├── PregnancyError             unreadable-pregnancy
│   └── PatientConflictError       patient-conflict
├── FhirError (ValueError)
│   ├── ResourceError              fhir-resource
│   ├── NestingError               fhir-nesting
│   ├── StatusError                fhir-status
│   ├── SupersededError            fhir-superseded
│   ├── ModifierError              fhir-modifier
│   ├── AbsentError                fhir-data-absent
│   ├── SubjectError               fhir-subject
│   ├── PopulationError            fhir-population
│   └── HookError                  cds-hook
├── UnknownSetError (LookupError)  unknown-set
├── UnknownCircumstanceError (LookupError)  unknown-circumstance
├── CatalogError (ValueError)      catalog
├── SheetError (ValueError)        sheet
├── FrameError (ValueError)        frame
├── DoesNotHoldError (ValueError)  does-not-hold
├── UnreachableError (ValueError)  unreachable
├── ConformanceError (RuntimeError)  conformance
├── SampleError (ValueError)       sample
├── MessageError (ValueError)      message-unreadable
├── SegmentError (ValueError)      segment-unreadable
├── ResultStatusError (ValueError) result-status
└── MissingExtraError (ImportError)  missing-extra
```

A report's own range that is refused does not refuse the result: its code arrives as an issue. The issues
that never come as an error are listed in `NOTICES`.
"""

from __future__ import annotations

from typing import ClassVar

NOTICES_OF_MESSAGES = (
    "result-not-final",
    "character-set-guessed",
    "status-not-final",
    "display-unknown",
    "told-by-name",
    "specimen-unclear",
    "range-joined",
    "range-passed-over",
    "range-for-others",
    "subject-unknown",
    "patient-not-found",
    "no-subject",
    "report-withdrawn",
    "range-text-unclear",
    "code-system-assumed",
)
"""What FHIR and HL7 v2 alone say of a result: nothing else has a status, a subject or a character set."""

NOTICES = (
    "unusual-value",
    "fraction-assumed",
    "percent-assumed",
    "percent-below-one",
    "approximate-conversion",
    "partial-analyte",
    "range-unit-assumed",
    "range-open-side",
    "unreliable-beside-ferritin",
    "discordant-saturation",
    "saturation-over-100",
    "too-many-of-one-collection",
    *NOTICES_OF_MESSAGES,
)
"""Codes of issues about a result that was judged all the same."""

SHOWN = 80


def shown(text: object) -> str:
    """Quote an offending input for a message, shortened: input may be hostile and long."""
    try:
        written = text if isinstance(text, str) else str(text)
    except Exception:  # noqa: BLE001  whatever a caller's object raises, the refusal itself must not fail
        written = f"a {type(text).__name__}"
    written = printable(written[: SHOWN + 1])
    return f'"{written}"' if len(written) <= SHOWN else f'"{written[:SHOWN]}…"'


def printable(text: str) -> str:
    """The same text with `?` for what a terminal would act on: control characters and line breaks."""
    return "".join(c if c.isprintable() else "?" for c in text)


class LabsError(Exception):
    """Any refusal by this package.

    Attributes:
        code: The kebab-case name of the problem, stable across releases.
        happened: What was found.
        mend: What to do about it.
        text: The offending text, where there is one.
    """

    code: ClassVar[str]

    def __init__(self, happened: str, mend: str, text: str = "") -> None:
        super().__init__(happened, mend, text)
        self.happened = happened
        self.mend = mend
        self.text = text

    def __str__(self) -> str:
        return f"{self.happened}; {self.mend}"


class MarkerError(LabsError, LookupError):
    """The marker could not be told from its name or code."""


class UnknownMarkerError(MarkerError):
    """No marker has this name or code."""

    code = "unknown-marker"


class AnotherAnalyteError(MarkerError):
    """The name or code belongs to something that is easily taken for one of the markers."""

    code = "another-analyte"


class CheckDigitError(MarkerError):
    """The LOINC code fails its check digit: a typing error."""

    code = "code-check-digit"


class MangledCodeError(MarkerError):
    """A spreadsheet has turned a LOINC code into a date."""

    code = "code-mangled"


class UnreadableNameError(MarkerError):
    """The name of a test is in another character set than it was read in."""

    code = "unreadable-name"


class MarkerConflictError(MarkerError):
    """A name and a code stand together and mean two markers."""

    code = "marker-conflict"


class ValueRefusedError(LabsError, ValueError):
    """The value cannot be judged."""


class MissingValueError(ValueRefusedError):
    """There is no value."""

    code = "missing-value"


class UnreadableValueError(ValueRefusedError):
    """The value is not a number, a comparator with a number, or an interval."""

    code = "unreadable-value"


class AmbiguousNumberError(ValueRefusedError):
    """The number could mean two things, depending on the decimal mark."""

    code = "ambiguous-number"


class NotANumberError(ValueRefusedError):
    """The value is NaN."""

    code = "not-a-number"


class InfiniteValueError(ValueRefusedError):
    """The value is infinite."""

    code = "infinite-value"


class NegativeValueError(ValueRefusedError):
    """The value is below zero, or leaves nothing at or above zero."""

    code = "negative-value"


class InvertedIntervalError(ValueRefusedError):
    """The interval ends before it begins."""

    code = "inverted-interval"


class ComparatorConflictError(ValueRefusedError):
    """The comparator is unknown, or stands in two places that disagree."""

    code = "comparator-conflict"


class ImplausibleValueError(ValueRefusedError):
    """No such result has been seen in a living person."""

    code = "implausible-value"


class WrongTypeError(ValueRefusedError):
    """An argument is of a type that carries no number or text, such as a bool."""

    code = "wrong-type"


class EngineError(ValueRefusedError):
    """The row is written in a way that the engine of a lazy table does not read; collected, it is read."""

    code = "not-read-by-engine"


class UnitError(LabsError, ValueError):
    """The unit does not serve."""


class MissingUnitError(UnitError):
    """There is no unit, and nothing is guessed."""

    code = "missing-unit"


class UnknownUnitError(UnitError):
    """The unit is not one that this marker is reported in.

    Attributes:
        accepted: The UCUM codes that are accepted for the marker.
    """

    code = "unknown-unit"

    def __init__(self, happened: str, mend: str, text: str = "", accepted: tuple[str, ...] = ()) -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, accepted)
        self.accepted = accepted


class AmbiguousUnitError(UnitError):
    """A saturation without a unit could be a fraction or a percentage."""

    code = "ambiguous-unit"


class UnitConflictError(UnitError):
    """Two different units were given for one value."""

    code = "unit-conflict"


class CodeUnitError(UnitError):
    """The unit contradicts the property of the LOINC code."""

    code = "code-unit-mismatch"


class RangeRefusedError(LabsError, ValueError):
    """The report's own range cannot be used."""


class UnreadableRangeError(RangeRefusedError):
    """The range is not two numbers or one limit."""

    code = "range-unreadable"


class InvertedRangeError(RangeRefusedError):
    """The range is empty: its lower limit is not below its upper one."""

    code = "range-inverted"


class ImplausibleRangeError(RangeRefusedError):
    """No range of this marker can be meant: an end is impossible, or no usual value lies within."""

    code = "range-implausible"


class RangeConflictError(RangeRefusedError):
    """The range stands there as text and as numbers, and the two differ."""

    code = "range-conflict"


class RangeUnitError(RangeRefusedError):
    """The range is in a unit that is not accepted for the marker."""

    code = "range-unit-unknown"


class PatientError(LabsError, ValueError):
    """A fact about the patient could not be read."""


class SexError(PatientError):
    """The sex is none of the words that are known."""

    code = "unknown-sex-code"


class AgeError(PatientError):
    """The age, or the dates it is counted from, could not be read."""

    code = "unreadable-age"


class DateError(PatientError):
    """A date of birth or of collection could not be read."""

    code = "unreadable-date"


class PregnancyError(PatientError):
    """Whether the patient is pregnant could not be read."""

    code = "unreadable-pregnancy"


class PatientConflictError(PatientError):
    """Two facts about the patient exclude each other."""

    code = "patient-conflict"


class FhirError(LabsError, ValueError):
    """A FHIR resource, or an element of one, cannot be used."""


class ResourceError(FhirError):
    """It is no FHIR resource, or an element of it is of a wrong type."""

    code = "fhir-resource"


class NestingError(FhirError):
    """Resources stand in resources too deeply, or one holds itself."""

    code = "fhir-nesting"


class StatusError(FhirError):
    """The status says that there is no result that stands."""

    code = "fhir-status"


class ModifierError(FhirError):
    """A modifier extension, which may change the meaning of everything beside it, is not known."""

    code = "fhir-modifier"


class AbsentError(FhirError):
    """The resource says that the value is absent, and why."""

    code = "fhir-data-absent"


class SubjectError(FhirError):
    """The result is not, or not certainly, about the patient."""

    code = "fhir-subject"


class PopulationError(FhirError):
    """The ranges that the report prints part by a fact that is not known."""

    code = "fhir-population"


class SupersededError(FhirError):
    """The result was deleted, or a newer version of it is at hand."""

    code = "fhir-superseded"


class HookError(FhirError):
    """A CDS Hooks request lacks what the service needs.

    Attributes:
        status: The HTTP status that a service answers with: 400, or 412 where the prefetch is lacking.
    """

    code = "cds-hook"

    def __init__(self, happened: str, mend: str, text: str = "", status: int = 400) -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, status)
        self.status = status


class UnknownSetError(LabsError, LookupError):
    """No set of ranges has this name."""

    code = "unknown-set"


class UnknownCircumstanceError(LabsError, LookupError):
    """Nothing is known of a circumstance that was declared of a sample or a patient."""

    code = "unknown-circumstance"


class CatalogError(LabsError, ValueError):
    """A data file breaks a rule of the catalog.

    Attributes:
        file: The file's name.
        key: Where in the file, such as `range[3].low.source`.
    """

    code = "catalog"

    def __init__(self, happened: str, mend: str, text: str = "", file: str = "", key: str = "") -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, file, key)
        self.file = file
        self.key = key

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {super().__str__()}"


class SheetError(LabsError, ValueError):
    """A file of results cannot be read at all.

    Attributes:
        line: The line of the file, from 1.
        column: The column, from 1: of the cells, or of the characters where no cell could be told.
    """

    code = "sheet"

    def __init__(self, happened: str, mend: str, text: str = "", line: int = 1, column: int = 1) -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, line, column)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {super().__str__()}"


class FrameError(LabsError, ValueError):
    """A table cannot be judged at all: a column is not there, or holds what it cannot hold.

    Attributes:
        column: The column in question, where there is one.
    """

    code = "frame"

    def __init__(self, happened: str, mend: str, text: str = "", column: str = "") -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, column)
        self.column = column


class DoesNotHoldError(LabsError, ValueError):
    """An answer says something that does not follow from its numbers, or that the catalog does not say.

    Attributes:
        statement: The path of the statement in the answer, such as `standard.limits[0].low`.
    """

    code = "does-not-hold"

    def __init__(self, happened: str, mend: str, text: str = "", statement: str = "") -> None:
        super().__init__(happened, mend, text)
        self.args = (happened, mend, text, statement)
        self.statement = statement


class UnreachableError(LabsError, ValueError):
    """No result can have what a test asked for, such as a status that the patient's ranges do not leave open."""

    code = "unreachable"


class ConformanceError(LabsError, RuntimeError):
    """Another implementation cannot be held to the vectors: it does not run, or does not answer."""

    code = "conformance"


class SampleError(LabsError, ValueError):
    """A synthetic cohort cannot be written where, or in the form, that is asked for."""

    code = "sample"


class MessageError(LabsError, ValueError):
    """No HL7 v2 message with results can be read."""

    code = "message-unreadable"


class SegmentError(LabsError, ValueError):
    """A segment of a message cannot be read."""

    code = "segment-unreadable"


class ResultStatusError(LabsError, ValueError):
    """By its status a record holds no result, or holds one that no longer stands."""

    code = "result-status"


class MissingExtraError(LabsError, ImportError):
    """A library that only an extra brings is not installed; `text` names the extra."""

    code = "missing-extra"
