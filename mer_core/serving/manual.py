"""The page /docs: what an OpenAPI description says, as plain HTML that loads nothing from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
:root{color-scheme:light dark}
code,pre{font-size:.95em}pre{overflow:auto;padding:.6rem;border:1px solid #8886;border-radius:6px}
h2{margin:2rem 0 .2rem;font-size:1.1rem}td,th{padding:.15rem 1rem .15rem 0;text-align:left;vertical-align:top}"""


def manual(description: Mapping[str, Any], *, with_token: bool) -> str:
    """The page of an OpenAPI document; with_token: whether requests must carry one."""
    parts = [
        _operation(path, method, operation, with_token)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    title = escape(f"{description['info']['title']} {description['info']['version']}: HTTP API")
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    about = "For programs: <a href='/openapi.json'>openapi.json</a>. An error is <code>{&quot;error&quot;: …}</code>."
    return f"{head}{view}<style>{_STYLE}</style><h1>{title}</h1><p>{about}</p>{''.join(parts)}</html>"


def _operation(path: str, method: str, operation: Mapping[str, Any], with_token: bool) -> str:
    rows = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    table = f"<table><tr><th>name<th>in<th>type<th>what{''.join(rows)}</table>" if rows else ""
    token = ' -H "Authorization: Bearer $MER_TOKEN"' if with_token else ""
    body = " -X POST -T song.mp3" if "requestBody" in operation else ""
    needed = [p for p in operation.get("parameters", []) if p.get("required") and p["in"] == "query"]
    asked = "?" + "&".join(f"{p['name']}=…" for p in needed) if needed else ""
    example = f'curl{token}{body} "http://127.0.0.1:8502{path}{asked}"'
    head = f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
    return f"{head}{table}<pre>{escape(example)}</pre>"


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema", {})
    default = f", {schema['default']} unless given" if "default" in schema else ""
    must = " (needed)" if parameter.get("required") else ""
    cells = (
        parameter["name"] + must,
        parameter["in"],
        str(schema.get("type", "")) + default,
        parameter.get("description", ""),
    )
    return "<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in cells)
