"""Every name and code that is easily taken for a marker's, each refused; which they are is what the data files say."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.catalog import Catalog
from rlslabs.golden.edgecases import Draft
from rlslabs.golden.question import AskedPatient, AskedResult, Question

_MAN = AskedPatient(sex="male", age=40)


def look_alikes(catalog: Catalog) -> Iterator[Draft]:
    """For each look-alike each of its names and codes, with a value and the unit of the marker that it looks like."""
    for each in catalog.rules.lookalikes:
        unit = catalog.analyte(each.looks_like).unit
        why = f"{each.name} is not {each.looks_like}: {each.why}"
        for name in dict.fromkeys((each.name, *each.names, *each.codes)):
            result = AskedResult(marker=name, value="38", unit=unit)
            question = Question(results=(result,), patient=_MAN)
            yield Draft(f"refusal/another-analyte/{name}", "refusal", why, question)
