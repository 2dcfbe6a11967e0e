"""The OpenAPI 3.1 document, made of the declarations that the routes are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from proctoring import __version__
from proctoring.api.v1.declared import ANYONE, JSON, Operation
from proctoring.api.v1.problems import MEDIA_TYPE
from proctoring.api.v1.serving import LONGEST_REPEAT_KEY, PREFIX
from proctoring.integration.keys import KeyRole

Node = dict[str, Any]

ABOUT = """\
The same services as the pages, for other programs. **Software observes, people judge:** an incident
says what was measured, and decides nothing.

Send `Authorization: Bearer TOKEN`. A token is a key (`python -m proctoring key add`), the secret of
a link, or a candidate's own. Errors are `application/problem+json` with a sentence that says what
to do. Lists go on with `cursor`. `POST` with an `Idempotency-Key` is done once within a day. At
most 20 requests per second. Besides, and not in this document: the WebSocket `/api/v1/stream`,
the events of `/api/v1/meetings/{meeting_id}/events`, and webhooks; see docs/api.md.
"""
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is the matter, and what to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
SECURITY: dict[str, Node] = {
    "key": {"type": "http", "scheme": "bearer", "description": "an API key"},
    "link": {
        "type": "http",
        "scheme": "bearer",
        "description": "a key, the secret of a link, or a candidate's token",
    },
}


def document(operations: Sequence[Operation], server: str = "") -> Node:
    models = [
        (model, mode)
        for one in operations
        for model, mode in ((one.form, "validation"), (one.gives, "serialization"))
        if model
    ]
    names, schemas = models_json_schema(
        list(dict.fromkeys(models)),  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, Node] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenProctor",
            "version": __version__,
            "summary": "Exam proctoring that you host yourself",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server or "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}) | {"Problem": PROBLEM},
            "securitySchemes": SECURITY,
        },
    }


def _operation(one: Operation, names: Any) -> Node:
    node: Node = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": one.summary,
        "parameters": [*_in_path(one), *_in_query(one), *_in_header(one)],
        "responses": {
            str(status): _good(one, status, names) for status in (one.status, *one.statuses)
        }
        | {str(status): _bad(status) for status in _problems(one)},
    }
    if one.about:
        node["description"] = one.about
    if one.access != ANYONE:
        node["security"] = [{"key" if isinstance(one.access, KeyRole) else "link": []}]
    if content := _bodies(one, names):
        node["requestBody"] = {"required": True, "content": content}
    return node


def _bodies(one: Operation, names: Any) -> Node:
    content: Node = {}
    if one.form:
        content[JSON] = {"schema": names[one.form, "validation"]}
        if one.example is not None:
            content[JSON]["example"] = one.example
    for media_type in one.takes:
        content[media_type] = {"schema": {"type": "string", "contentEncoding": "binary"}}
    return content


def _good(one: Operation, status: int, names: Any) -> Node:
    node: Node = {"description": HTTPStatus(status).phrase}
    if one.gives and status == one.status:
        node["content"] = {JSON: {"schema": names[one.gives, "serialization"]}}
    elif one.media_types and status == one.status:
        node["content"] = {media_type: {} for media_type in one.media_types}
    return node


def _problems(one: Operation) -> list[int]:
    """Every status that it may have, and no other."""
    found = {429, 503, *one.problems}
    if one.access != ANYONE:
        found |= {401, 403, 404}
    if one.query or one.form or one.takes or one.is_repeatable:
        found.add(422)
    if one.form or one.takes:
        found |= {400, 413, 415}
    if one.is_repeatable:
        found |= {400, 409}
    return sorted(found - {one.status, *one.statuses})


def _bad(status: int) -> Node:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _in_path(one: Operation) -> list[Node]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", one.path)
    ]


def _in_query(one: Operation) -> list[Node]:
    if one.query is None:
        return []
    schema = _flat(one.query)
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _in_header(one: Operation) -> list[Node]:
    if not one.is_repeatable:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_REPEAT_KEY}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]


def _flat(model: type[BaseModel]) -> Node:
    schema: Node = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return schema
