"""Templates and static files: every page is rendered here, with the same things at hand."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from handoff.console import paths

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
VENDOR = STATIC / "vendor"

_TOKENS = "@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css"
_COMPONENTS = (
    "alert",
    "button",
    "document",
    "form-label",
    "heading-1",
    "heading-2",
    "heading-3",
    "link",
    "paragraph",
    "select",
    "skip-link",
    "status-badge",
    "textarea",
    "textbox",
)


class Pages:
    """Renders the console's templates; autoescaping is always on."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            auto_reload=False,  # a look at every file at every message
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(paths=paths, asset=self.asset)

    def add_global(self, name: str, value: Any) -> None:
        """Give every template `value` under `name`."""
        self._environment.globals[name] = value

    def render(self, template: str, **context: Any) -> str:
        """The page or part `template` with `context`."""
        return self._environment.get_template(template).render(context)

    def asset(self, name: str) -> str:
        """The address of a static file, which changes when any of them does."""
        return f"{paths.BASE}/static/{name}?v={self._version}"

    @cached_property
    def components_css(self) -> str:
        """NL Design System's tokens and the components that we use, as one style sheet."""
        files = [VENDOR / _TOKENS, *(VENDOR / f"@utrecht/{one}-css/dist/index.min.css" for one in _COMPONENTS)]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            log.warning("console.front_end_missing", files=len(missing), remedy="run `make setup`")
        return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())

    @cached_property
    def _version(self) -> str:
        digest = hashlib.sha256(self.components_css.encode())
        for file in sorted(STATIC.rglob("*")):
            if file.is_file():
                digest.update(file.read_bytes())
        return digest.hexdigest()[:12]
