"""Makes an example of an answer from its schema: the fields' own examples where they have some, typical values else."""

from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {
    "date-time": "2026-11-20T02:30:00Z",
    "date": "2026-11-20",
    "uuid": "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01",
    "binary": "",
}
_BY_TYPE: dict[str, Any] = {"string": "…", "integer": 1, "number": 1, "boolean": True, "null": None}
_DEEPEST = 8


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: PLR0911 - one line per kind of schema
    """An example of a JSON schema, with references into ``schemas``."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("example", "const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return example_of(schema[name][0], schemas, depth)
    kind = schema.get("type", "object")
    if kind == "array":
        return [example_of(schema["items"], schemas, depth + 1)] if depth < _DEEPEST and "items" in schema else []
    if kind == "object":
        fields: Mapping[str, Any] = schema.get("properties", {}) if depth < _DEEPEST else {}
        return {name: example_of(field, schemas, depth + 1) for name, field in fields.items()}
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])
