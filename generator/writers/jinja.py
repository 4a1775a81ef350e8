"""Renders the templates in `generator/templates`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701  # Python is written, not HTML
)


def render(template: str, **values: object) -> str:
    """The text of a template with these values, which ends with one newline."""
    return _ENVIRONMENT.get_template(template).render(**values).rstrip() + "\n"
