"""What must not happen on any page: script errors, content refused by the policy, requests to anybody else."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

PROBE = Path(__file__).with_name("probe.js")


class Watch:
    """Listens to every page of its contexts; a test names the troubles that it causes itself."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.troubles: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(path=PROBE)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def expect(self, *patterns: str) -> None:
        """Regular expressions of troubles that belong to the test."""
        self.expected += patterns

    def unexpected(self) -> list[str]:
        return [found for found in self.troubles if not any(re.search(pattern, found) for pattern in self.expected)]

    def forget(self) -> None:
        self.troubles, self.expected = [], []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.troubles.append(f"exception: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.troubles.append(f"elsewhere: {request.method} {request.url}")
