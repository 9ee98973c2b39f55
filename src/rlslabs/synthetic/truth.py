"""What is true of a row, and what a program should say of it as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlslabs.catalog import Catalog
from rlslabs.door import interpret
from rlslabs.errors import LabsError
from rlslabs.synthetic.mess import Clean, Mess
from rlslabs.synthetic.people import Drawn

Facts = Mapping[str, Any]


def truth_of(
    mess: Mess, drawn: Drawn, made: Clean, said: Facts, *, refused: Mapping[str, str], catalog: Catalog
) -> dict[str, Any]:
    """A line of the truth.

    `value`, `unit` and `status` are those of the result before anything was done to it; `done` is what was done;
    `expect` is the answer about what the row still says, asked of `interpret` and of no reader of a format; `refused`
    are the refusals that have another code in this form.
    """
    return {
        "row": int(mess.row["row"]),
        "patient": drawn.person,
        "group": drawn.group,
        "marker": drawn.marker,
        "value": f"{drawn.value:f}",
        "unit": drawn.unit,
        "status": made.status,
        "done": mess.done,
        **({"repeats": int(mess.repeats)} if mess.repeats else {}),
        "expect": _expected(said, refused, catalog),
    }


def _expected(said: Facts, refused: Mapping[str, str], catalog: Catalog) -> dict[str, Any]:
    """The status and the codes of issues, or the code of the refusal."""
    try:
        it = interpret(**said, catalog=catalog)
    except LabsError as error:
        return {"refused": refused.get(error.code, error.code)}
    return {"status": it.status, "issues": sorted(each.code for each in it.issues)}


def facts_of(row: Mapping[str, str]) -> dict[str, Any]:
    """What a row says that holds all facts itself; an empty cell says nothing."""
    said = {name: row[name] or None for name in ("unit", "range", "sex", "collected")}
    born, pregnant = row["birth_date"] or None, True if row.get("pregnant") else None
    return {
        **said,
        "marker": row["loinc"],
        "value": row["value"],
        "born": born,
        "pregnant": pregnant,
    }


def facts_beside(row: Mapping[str, str], drawn: Drawn) -> dict[str, Any]:
    """What a row says where sex and birth stand with the person, and a value is text where it is no number."""
    return {**facts_of(row), "sex": drawn.sex, "born": drawn.born.isoformat()}
