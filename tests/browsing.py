"""Chromium on the pages of a real server, for tests of what a person sees and does."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.serving import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BUNDLES = ROOT / "server" / "static" / "bundle"
# Root has no user namespaces to sandbox in; what is shown is ours.
ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-component-update")
WAIT_MILLISECONDS = 15_000
# What Chromium says itself of an answer that is a 400: the query that a test got wrong on purpose.
REFUSED = "the server responded with a status of 400"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the Chromium of the system, ended afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """Somebody who opens pages of a site, and hears of everything that goes wrong in them."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser = browser
        self._site = site
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(
        self, path: str, *, lang: str = "ja", scheme: str = "light", width: int = 1200,
        has_script: bool = True, **parameters: str,
    ) -> Page:  # fmt: skip
        """Return a page of the site in a browser that knows nothing of other visits."""
        settings: dict[str, Any] = {
            "color_scheme": scheme,
            "java_script_enabled": has_script,
            "viewport": {"width": width, "height": 900},
        }
        context = self._browser.new_context(**settings)
        self._contexts.append(context)
        context.set_default_timeout(WAIT_MILLISECONDS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.goto(f"{self._site}{path.lstrip('/')}?{urlencode({'lang': lang, **parameters})}")
        return page

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def leave(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2, levels A and AA: rule, element, reason."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    return [
        f"{rule['id']}: {node['html']} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
