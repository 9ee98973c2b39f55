"""The one typed call: whatever was handed over, as a result and a patient, judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.errors import WrongTypeError, shown
from rlslabs.given import as_given
from rlslabs.interpretation import Interpretation
from rlslabs.reported import LabResult, Patient, ReportedRange


def interpret(
    marker: str | LabResult,
    value: object = None,
    unit: str | Patient | None = None,
    *,
    sex: str | None = None,
    age: float | str | None = None,
    born: date | str | None = None,
    pregnant: bool | None = None,
    collected: date | str | None = None,
    range: str | Sequence[float | Decimal | None] | ReportedRange | None = None,  # noqa: A002  the field's own word
    comparator: str | None = None,
    decimal_mark: Literal[".", ","] | None = None,
    specimen: str | None = None,
    method: str | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> Interpretation:
    """Judge one result against the standard and the optimal range, and keep everything the answer rests on.

    Also `interpret(LabResult(...), Patient(...))`; then only `standard`, `optimal`, `strict` and `catalog` are given.

    Args:
        marker: A name, alias or LOINC code; or a whole `LabResult`.
        value: An int, float, Decimal, text (`38`, `<5`, `5-10`, `38 ng/mL`) or pint quantity; or the `Patient`.
        unit: As the laboratory writes it; needed unless the value carries it (a saturation: see the docs).
        sex: `female` or `male`; unknown is judged against both.
        age: Completed years at collection, or text such as `5 mo`; unknown means an adult, and the answer says so.
        born: Date of birth, which with `collected` gives the exact age.
        pregnant: Unknown is taken as not pregnant, and the answer says so.
        collected: When the sample was taken.
        range: The report's own range, text such as `24-336` or a pair; it wins over the standard set.
        comparator: `<`, `<=`, `>` or `>=` in any usual spelling, where it stands apart from the value.
        decimal_mark: `.` or `,` for text; without it a number such as `1,220` is refused.
        specimen: What was sampled; anything but serum and plasma is refused.
        method: How it was measured; two methods are not compared over time.
        standard: A set of standard ranges, such as `mayo`; else the default, `general`.
        optimal: A set of optimal ranges; else the default, `healers-rls-protocol`.
        strict: Assume nothing: unknown age or pregnancy then leave the answer undecided.
        catalog: Another catalog than our own, from `Catalog.load(folder)`.

    Returns:
        The interpretation; `print(it.explanation)` says it in sentences.

    Raises:
        LabsError: The input cannot be judged; the error's `code` says why.
    """
    catalog = builtin() if catalog is None else catalog
    if not isinstance(catalog, Catalog) or not isinstance(strict, bool):
        happened = "The catalog is no Catalog, or strict no bool"
        raise WrongTypeError(happened, "give Catalog.load(folder), and True or False", shown(strict))
    if isinstance(marker, LabResult):
        patient = Patient() if value is None else value
        beside = (unit, sex, age, born, pregnant, collected, range, comparator, decimal_mark, specimen, method)
        if not isinstance(patient, Patient) or any(each is not None for each in beside):
            happened = "Facts stand beside a LabResult that belong into it or into a Patient"
            raise WrongTypeError(happened, "call interpret(LabResult(...), Patient(...))", shown(value))
        result = marker
    else:
        result, patient = as_given(
            marker,
            value,
            unit,
            catalog=catalog,
            sex=sex,
            age=age,
            born=born,
            pregnant=pregnant,
            collected=collected,
            range=range,
            comparator=comparator,
            decimal_mark=decimal_mark,
            specimen=specimen,
            method=method,
        )
    return classify(result, patient, catalog=catalog, standard=standard, optimal=optimal, strict=strict)
