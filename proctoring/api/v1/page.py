"""The API for people to read: one page, made of the OpenAPI document, nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { background: Canvas; color: CanvasText; font: 16px/1.5 Inter, system-ui, sans-serif;
  max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; text-transform: capitalize; }
p.about { color: color-mix(in srgb, currentColor 80%, transparent); }
details { border-top: 1px solid var(--line); padding: .5rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible { outline: 2px solid; outline-offset: 2px; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; overflow-x: auto; }
.method { display: inline-block; min-width: 4.5em; font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
td, th { border-top: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; width: 25%; }
td:last-child, th:last-child { width: 50%; }
"""

Node = dict[str, Any]


def html(document: Node) -> str:
    info, parts = document["info"], []
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2>")
        for path, methods in document["paths"].items():
            for method, node in methods.items():
                if tag["name"] in node["tags"]:
                    parts.append(_operation(document, path, method, node))
    about = "".join(f"<p>{_marked(text)}</p>" for text in info["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>{about}"
        '<p>The same as a document: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
        f"{''.join(parts)}</main></body></html>"
    )


def _operation(document: Node, path: str, method: str, node: Node) -> str:
    parts = [f"<p class='about'>{escape(node['description'])}</p>"] if "description" in node else []
    if "security" in node:
        scheme = next(iter(node["security"][0]))
        said = document["components"]["securitySchemes"][scheme]["description"]
        parts.append(f"<p>Token: {escape(said)}.</p>")
    if node["parameters"]:
        parts.append(_table("Parameters", [_parameter(one) for one in node["parameters"]]))
    for media_type, content in node.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: <code>{escape(media_type)}</code></p>")
        if fields := _fields(document, content["schema"]):
            parts.append(_table("Fields", fields))
        if "example" in content:
            example = json.dumps(content["example"], indent=2, ensure_ascii=False)
            parts.append(f"<pre tabindex='0'>{escape(example)}</pre>")
    for status, answer in node["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            fields = _fields(document, content.get("schema", {})) if int(status) < 300 else []
            if fields:
                parts.append(_table(f"Answer {status} ({media_type})", fields))
    statuses = ", ".join(node["responses"])
    return (
        f"<details id='{escape(node['operationId'])}'><summary><span class='method'>"
        f"{method.upper()}</span> <code>{escape(path)}</code> {escape(node['summary'])}</summary>"
        f"{''.join(parts)}<p>Statuses: {statuses}.</p></details>"
    )


def _parameter(one: Node) -> tuple[str, str, str]:
    schema = one["schema"]
    return one["name"], f"{one['in']}, {_kind(schema)}", schema.get("description", "")


def _fields(document: Node, schema: Node) -> list[tuple[str, str, str]]:
    named = schema.get("$ref", "").rpartition("/")[2]
    found = document["components"]["schemas"].get(named, schema)
    needed = found.get("required", [])
    return [
        (name, _kind(part) + ("" if name in needed else ", optional"), part.get("description", ""))
        for name, part in found.get("properties", {}).items()
    ]


def _kind(schema: Node) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f"“{value}”" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _table(caption: str, rows: list[tuple[str, str, str]]) -> str:
    body = "".join(
        f"<tr><th scope='row'><code>{escape(name)}</code></th><td>{escape(kind)}</td>"
        f"<td>{escape(about)}</td></tr>"
        for name, kind, about in rows
    )
    head = "<tr><th scope='col'>Name</th><th scope='col'>Kind</th><th scope='col'>Meaning</th></tr>"
    return f"<h3>{escape(caption)}</h3><table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _marked(text: str) -> str:
    """The little Markdown that the document has."""
    parts = escape(text).split("`")
    text = "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
    bold = text.split("**")
    return "".join(f"<strong>{p}</strong>" if i % 2 else p for i, p in enumerate(bold))
