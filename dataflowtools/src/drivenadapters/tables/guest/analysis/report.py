"""A report of a table as one HTML file that needs nothing else; everything from the table is escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined

from drivenadapters.tables.guest.analysis.charts import Chart

_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} – profile</title>
<style>
body { font: 14px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: #1d2430; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d8dce3; }
table { border-collapse: collapse; margin: .6rem 0; } td, th { padding: .2rem .7rem; border-bottom: 1px solid #e6e9ee; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } img { max-width: 100%; }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 1rem; align-items: start; }
.role { color: #5b6472; font-weight: normal; font-size: .85rem; } ul.told { color: #7a5b12; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<table>
{% for name, value in overview %}<tr><th>{{ name }}</th><td class="n">{{ value }}</td></tr>
{% endfor %}</table>
{% if told %}<ul class="told">{% for line in told %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
{% for name, facts in columns %}
<h2>{{ name }} <span class="role">{{ facts.role }}, {{ facts.kind }}</span></h2>
<section>
<table>
{% for label, value in facts.figures %}<tr><th>{{ label }}</th><td class="n">{{ value }}</td></tr>
{% endfor %}</table>
<div>
{% if facts.most_common %}<table><tr><th>Value</th><th>Rows</th></tr>
{% for item in facts.most_common %}<tr><td>{{ item.value }}</td><td class="n">{{ item.count }}</td></tr>
{% endfor %}</table>{% endif %}
{% for chart in facts.charts %}<img alt="{{ chart.alt }}" src="data:{{ chart.mime }};base64,{{ chart.content }}">{% endfor %}
</div>
</section>
{% endfor %}
{% if charts %}<h2>Relations</h2>{% for chart in charts %}<p><img alt="{{ chart.alt }}" src="data:{{ chart.mime }};base64,{{ chart.content }}"></p>{% endfor %}{% endif %}
<h2>First rows</h2>
<table>
<tr>{% for name in sample_names %}<th>{{ name }}</th>{% endfor %}</tr>
{% for row in sample %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>
</body>
</html>
"""
_LONGEST = 200
_NOT_SHOWN = {"kind", "role", "most_common", "quantiles", "weekdays", "constant"}
_MIME = {"png": "image/png", "svg": "image/svg+xml"}


def write_report(
    title: str,
    overview: Sequence[tuple[str, Any]],
    summaries: Mapping[str, Mapping[str, Any]],
    charts: Sequence[Chart],
    sample: Sequence[Mapping[str, Any]],
    told: Sequence[str],
) -> bytes:
    """Return the report."""
    columns = [(name, _facts(name, facts, charts)) for name, facts in summaries.items()]
    names = list(summaries)
    text = _template().render(
        title=title,
        overview=[(name, _shown(value)) for name, value in overview],
        told=told,
        columns=columns,
        charts=[_image(chart) for chart in charts if chart.column is None],
        sample_names=names,
        sample=[[_shown(row.get(name)) for name in names] for row in sample],
    )
    report: bytes = text.encode("utf-8", "replace")
    return report


@cache
def _template() -> Any:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_TEMPLATE)


def _facts(name: str, facts: Mapping[str, Any], charts: Sequence[Chart]) -> dict[str, Any]:
    figures = [(label.replace("_", " "), _shown(value)) for label, value in facts.items() if label not in _NOT_SHOWN]
    figures += [(f"quantile {share}", _shown(value)) for share, value in facts.get("quantiles", {}).items()]
    common = [{**item, "value": _shown(item["value"])} for item in facts.get("most_common", [])]
    mine = [_image(chart) for chart in charts if chart.column == name]
    return {"role": facts["role"], "kind": facts["kind"], "figures": figures, "most_common": common, "charts": mine}


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    text = f"{value:,.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _image(chart: Chart) -> dict[str, str]:
    alt = f"{chart.operation} {chart.column or ''}".strip()
    return {"alt": alt, "mime": _MIME[chart.format], "content": base64.b64encode(chart.content).decode("ascii")}
