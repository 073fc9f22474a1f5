"""Compile templates and fill them."""

import jinja2
from timed import timed

PAGE = """
{% macro cell(value, kind="td") %}<{{ kind }}>{{ value | e }}</{{ kind }}>{% endmacro %}
{% for row in rows if row.number % 3 %}
  <tr class="{{ loop.cycle('odd', 'even') }}">{{ cell(row.number) }}{{ cell(row.name | upper | truncate(20)) }}
  {%- for tag in row.tags | sort %}{{ cell(tag, kind="th") }}{% else %}none{% endfor %}</tr>
{% endfor %}
{{ rows | map(attribute="number") | sum }} page {{ page }}
"""


def work(size):
    rows = [{"number": at, "name": f"<name {at}>", "tags": ["b", "a"][: at % 3]} for at in range(60)]
    for page in range(20 * size):
        environment = jinja2.Environment(autoescape=True)
        template = environment.from_string(PAGE + f"{{# {page} #}}")
        assert f"page {page}" in template.render(rows=rows, page=page)


timed(work)
