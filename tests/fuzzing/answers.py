"""What each door answers to inputs of the fuzz targets, word for word, and to panels of one day and two."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

from rlslabs import LabResult, LabsError, Patient, fhir, hl7v2, interpret, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.cds_hooks import cards
from rlslabs.comparators import read_comparator
from rlslabs.fhir.exact import loads
from rlslabs.panels import judge_sheet, read_pregnant
from rlslabs.population import band_span, read_age, read_birth, read_collected, read_sex
from rlslabs.reading import accepted_unit
from rlslabs.reported import ReportedRange
from rlslabs.sheet import read_sheet
from rlslabs.text import read_range, read_text
from tests.fuzzing import fhir_readers, message_readers, table_readers, text_readers
from tests.fuzzing.planted import as_bytes, as_text

MAN, SOMEBODY = Patient(sex="male", age=40), Patient()

Answer = Callable[[Random], object]


def said(act: Callable[..., object], *given: object, **facts: object) -> str:
    """What comes back, or how it is refused; a mutant may also break."""
    try:
        found = act(*given, **facts)
        return found.model_dump_json() if hasattr(found, "model_dump_json") else repr(found)
    except LabsError as error:
        return f"{error.code}: {error}"
    except Exception as error:  # noqa: BLE001  what breaks is told from what does not
        return repr(error)


def of_text(rng: Random) -> object:
    """A value, a comparator and a unit."""
    text, mark = text_readers.text_case(rng)
    (unit,) = text_readers.unit_case(rng)
    markers = builtin().markers.values()
    return (
        said(read_text, text, mark),
        said(read_comparator, text),
        [said(accepted_unit, each, unit) for each in markers],
    )


def of_range(rng: Random) -> object:
    """A printed range."""
    text, mark, low, high, name = text_readers.range_case(rng)
    numbers = {"low": low, "high": high}
    try:
        own = ReportedRange.model_validate({"text": text, "unit": None, **numbers})
    except ValueError as error:
        return repr(error)
    return said(read_range, own, mark), said(interpret, name, "75", None, range=own, decimal_mark=mark)


def of_person(rng: Random) -> object:
    """A word for a sex, an age, a birth, a day or a pregnancy."""
    (word,) = text_readers.person_case(rng)
    return [said(read, word) for read in (read_sex, read_age, read_birth, read_collected, band_span, read_pregnant)]


def of_result(rng: Random) -> object:
    """A result and its words."""
    name, text, *facts = text_readers.result_case(rng)
    told = dict(zip(text_readers.FACTS, facts, strict=True))
    return said(interpret, name, text, **told, strict=rng.random() < 0.3)


def of_panel(rng: Random) -> object:
    """The results of a day or two."""
    return said(interpret_panel, panel(rng), rng.choice((MAN, SOMEBODY)), estimate_tibc=rng.random() < 0.6)


def panel(rng: Random) -> list[LabResult]:
    """Iron and what binds it, with and without a time of day, and what else a report has."""
    hours = [datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in (8, 16)]
    moments = rng.sample([None, date(2024, 5, 1), date(2024, 5, 2), *hours], rng.choice((1, 1, 2, 3)))
    found: list[LabResult] = []
    for marker, unit, low, high in (
        ("ferritin", "ng/mL", 5, 3000),
        ("iron", "ug/dL", 10, rng.choice((100, 300, 1800))),
        ("uibc", "ug/dL", 5, 500),
        ("tibc", "ug/dL", 60, 900),
        ("transferrin", "mg/dL", 30, 500),
        ("transferrin_saturation", "%", 1, 150),
        ("crp", "mg/L", 1, 50),
    ):
        for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 5 if rng.random() < 0.2 else 1))):
            text = f"{rng.choice(('', '', '', '<', '>'))}{rng.randint(low, high)}{rng.choice(('', '', '.5'))}"
            told = {"marker": marker, "text": text, "unit": unit, "collected": rng.choice(moments)}
            found.append(LabResult(**told, decimal_mark="."))  # type: ignore[arg-type]  # each fits its field
    rng.shuffle(found)
    return found


def of_resource(rng: Random) -> object:
    """A resource, lines of them, or a request of CDS Hooks."""
    if rng.random() < 0.2:
        (lines,) = fhir_readers.ndjson_case(rng)
        rows = as_bytes(lines).split(b"\n")
        return said(lambda: [*fhir.annotate_lines(rows, patients=rows[:1])])
    if rng.random() < 0.2:
        (request,) = fhir_readers.cds_case(rng)
        return said(lambda: cards(json.loads(as_text(request))))
    (written,) = fhir_readers.fhir_case(rng)
    try:
        resource = loads(as_text(written))
    except LabsError as error:
        return error.code
    return said(fhir.read, resource), said(fhir.annotate, resource)


def of_message(rng: Random) -> object:
    """A message, or a few."""
    (data,) = message_readers.hl7_case(rng)
    return said(hl7v2.read, data), said(hl7v2.flag, data)


def of_sheet(rng: Random) -> object:
    """A file of lines."""
    (data,) = table_readers.csv_case(rng)
    return said(lambda: judge_sheet(read_sheet(as_bytes(data)), builtin(), {}))


TEXTS: tuple[Answer, ...] = (of_text, of_range, of_person, of_result)
PANELS: tuple[Answer, ...] = (of_panel, of_result)
KINDS: dict[str, tuple[Answer, ...]] = {
    "fhir": (of_resource,),
    "hl7v2": (of_message,),
    "sheet": (of_sheet,),
    **dict.fromkeys(("text", "comparators", "reading", "printed", "rangewords", "population"), (*TEXTS, of_resource)),
    **dict.fromkeys(("panel", "review", "derive", "evaluate", "swaps"), (of_panel,)),
}
