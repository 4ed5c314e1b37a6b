"""Pages as HTML: templates that escape everything but our own drawings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mitoyen.host import MissingExtra
from mitoyen_report.pages import NAVIGATION, Page
from mitoyen_report.words import Words

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page may load: its own script and style, nothing from elsewhere, nothing inline."""


@cache
def _environment() -> Any:
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise MissingExtra("report", "Jinja2") from error
    return jinja2.Environment(
        loader=jinja2.PackageLoader("mitoyen_report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,  # one site is of one set of templates
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> bytes:
    text: str = _environment().get_template(template).render(**values)
    return text.encode()


def page(of: Page, words: Words, *, folder: str | None, site: Mapping[str, Any]) -> bytes:
    """A page of the site, in the operation's ``folder`` or at the top; ``site`` has its title and audience."""
    up = "../" if folder else ""
    here = f"{folder}/{of.file}" if folder else of.file
    english = words.lang == "en"
    return render(
        of.template,
        page=of,
        words=words,
        policy=POLICY,
        site=site,
        folder=folder,
        top=up,
        root=f"{up}../" if english else up,
        other=f"{up}../{here}" if english else f"{up}en/{here}",
        other_lang="fr" if english else "en",
        navigation=[(file, words(name), file == of.file) for file, name in NAVIGATION] if folder else [],
        **of.values,
    )
