"""Shows an OpenAPI document as one HTML page without scripts and without anything from another server."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:70rem;
padding:1rem;color:#1b1b1b}
h1{margin-bottom:0}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}
details{border:1px solid #ddd;border-radius:4px;margin:.4rem 0}summary{cursor:pointer;padding:.4rem .7rem}
details>div{padding:0 .9rem .7rem}code,pre{font:13px/1.5 ui-monospace,monospace}
pre{background:#f6f6f6;padding:.6rem;overflow:auto;white-space:pre-wrap}
b.m{display:inline-block;min-width:4em;color:#fff;background:#345;border-radius:3px;text-align:center;font-size:12px}
b.post,b.put{background:#175c2f}b.delete{background:#8a1c1c}
table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:.2rem .6rem;text-align:left;vertical-align:top}
"""


def page(document: Mapping[str, Any]) -> str:
    """The whole document as HTML."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{escape(info['title'])}</h1><p>{escape(info['version'])} · OpenAPI: <code>/openapi.json</code></p>"
    yield _paragraphs(info.get("description", ""))
    yield "<p>身份验证 Authentication: <code>Authorization: Bearer duban_…</code></p>"
    for tag in document.get("tags", []):
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation.get("tags", []):
                    yield from _operation(path, method, operation)
    yield "<h2>数据结构 Schemas</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        yield f"<div>{_json(schema)}</div></details>"
    yield "</body></html>"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<details><summary><b class="m {method}">{method.upper()}</b> <code>{escape(path)}</code> '
    yield f"{escape(operation.get('summary', ''))}</summary><div>{_paragraphs(operation.get('description', ''))}"
    if parameters := operation.get("parameters"):
        yield "<table><tr><th>参数 Parameter</th><th>位置 In</th><th>说明 Description</th></tr>"
        for parameter in parameters:
            yield f"<tr><td><code>{escape(parameter['name'])}</code>{' *' if parameter.get('required') else ''}</td>"
            yield f"<td>{parameter['in']}</td><td>{escape(parameter.get('description', ''))}</td></tr>"
        yield "</table>"
    if body := operation.get("requestBody"):
        yield "<h4>请求正文 Body</h4>"
        yield from _contents(body["content"])
    for status, response in operation.get("responses", {}).items():
        yield f"<h4>{status}</h4>{_paragraphs(response.get('description', ''))}"
        if int(status) < 400:  # noqa: PLR2004 - the problems' documents all look alike
            yield from _contents(response.get("content", {}))
    yield "</div></details>"


def _contents(contents: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in contents.items():
        yield f"<p><code>{escape(media_type)}</code> {_reference(content.get('schema', {}))}</p>"
        if "example" in content:
            yield _json(content["example"])
        for name, example in content.get("examples", {}).items():
            yield f"<p>{escape(name)}</p>{_json(example.get('value'))}"


def _reference(schema: Mapping[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=1))}</pre>"


def _paragraphs(text: str) -> str:
    parts = [escape(part).replace("\n- ", "<br>· ") for part in text.strip().split("\n\n") if part.strip()]
    return "".join(f"<p>{part}</p>" for part in parts)
