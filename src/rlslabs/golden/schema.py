"""The JSON Schema of the vectors: closed, without defaults, and by kind, so that a wrong vector is told by its part."""

from __future__ import annotations

from typing import Any

from rlslabs.golden.vectors import VectorFile

Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_JUDGED = ("status", "hl7", "standard", "optimal", "converted", "assumptions", "issues")
"""What every judged answer holds, unless a vector names the fields that were worked out."""

_ONE: Schema = {"minItems": 1, "maxItems": 1}
_COMPARED: Schema = {"required": ["compare"], "properties": {"compare": {"minItems": 1}}}


def vector_schema() -> Schema:
    """The schema of the file that `rlslabs vectors` writes; what an answer does not hold is left out of it."""
    schema: Schema = _without_defaults(VectorFile.model_json_schema(mode="serialization"))
    kinds: Schema = schema["$defs"]
    kinds["AnsweredResult"]["oneOf"] = [{"required": ["refused"]}, {"required": ["status"]}]
    kinds["FormResult"]["oneOf"] = [{"required": ["refused"]}, {"required": ["marker"]}]
    vector = kinds["Vector"]
    vector["properties"]["input"] = {"type": "object"}
    vector["properties"]["expect"] = {"type": "object"}
    vector["allOf"] = [
        _where({"properties": {"kind": {"const": "fhir"}}}, "AskedFhir", "AnsweredForm"),
        _where({"properties": {"kind": {"const": "hl7v2"}}}, "AskedHl7v2", "AnsweredForm"),
        _where(_question(panel=True), "Question", "AnsweredPanel"),
        _where(_question(panel=False), "Question", "AnsweredResult"),
        {"if": _question(panel=False), "then": {"properties": {"input": {"properties": {"results": _ONE}}}}},
        {"if": {"not": _COMPARED}, "then": {"properties": {"expect": {"dependentRequired": {"status": [*_JUDGED]}}}}},
    ]
    return {"$schema": _DRAFT, **schema}


def _question(*, panel: bool) -> Schema:
    """A vector of neither form; `panel` is always written."""
    asked = {"properties": {"panel": {"const": panel}}}
    return {"properties": {"kind": {"not": {"enum": ["fhir", "hl7v2"]}}, "input": asked}}


def _where(holds: Schema, asked: str, expected: str) -> Schema:
    parts = {"input": {"$ref": f"#/$defs/{asked}"}, "expect": {"$ref": f"#/$defs/{expected}"}}
    return {"if": holds, "then": {"properties": parts}}


def _without_defaults(schema: Any) -> Any:  # noqa: ANN401  whatever a schema holds
    """The same schema, for validators that would write a default into what they read; a field is there or left out."""
    if isinstance(schema, list):
        return [_without_defaults(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _without_defaults(part) for name, part in schema.items() if name != "default"}
    if isinstance(fields := kept.get("properties"), dict):
        kept["properties"] = {name: _not_null(part) for name, part in fields.items()}
    return kept


def _not_null(field: Schema) -> Schema:
    either = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: part for name, part in field.items() if name != "anyOf"}
    return {**rest, **(either[0] if len(either) == 1 else {"anyOf": either} if either else {})}
