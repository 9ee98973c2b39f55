"""Questions as lines of JSON, answered a line each; what is no question is told by its line, and ends nothing."""

from __future__ import annotations

import json

from pydantic import ValidationError

from rlslabs.errors import LabsError
from rlslabs.golden.question import answer

_WRITE = 'write {"id": ..., "input": {"results": [...], "patient": {...}}}, with one result unless "panel" is true'


def answer_line(line: str, number: int) -> str:
    """Our own answer to a line, as a line; to what is no question a `problem`, with the id where there is one."""
    name: object = None
    try:
        asked = json.loads(line)
        name = asked.get("id")
        return json.dumps({"id": name, "answer": answer(asked["input"])})
    except LabsError as error:
        return json.dumps({"id": name, "problem": f"line {number}: {error}"})
    except (ValidationError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        return json.dumps({"id": name, "problem": f"line {number} is no question ({type(error).__name__}); {_WRITE}"})
