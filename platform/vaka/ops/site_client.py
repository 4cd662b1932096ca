"""A client that uses the site as a browser does: pages, their forms, and cookies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from ssl import SSLContext
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from labs.engine.shared import pace

# Seconds in which a connection is used again: fewer than the 5 after which uvicorn closes one. With as many, a request meets
# a connection that is being closed. A browser sends it once more; we had an error.
KEPT = 3.0


class Unexpected(Exception):
    """The site did not do what was expected. The message says what, and where."""


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address, self.text = address, text
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if "href" in found:
                self.links.append(urljoin(self.address, found["href"]))
            case "form":
                action = urljoin(self.address, found.get("action") or self.address)
                self._inside = Form(action, found.get("method", "get").lower())
                self.forms.append(self._inside)
            case "input" | "select" | "textarea" if self._inside and found.get("name"):
                self._inside.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None

    def form(self, *, ending: str = "", with_field: str = "") -> Form | None:
        """Return the first form that posts to an address with this ending, or that has this field."""
        for form in self.forms:
            posts_there = form.method == "post" and form.action.rstrip("/").endswith(ending)
            if posts_there and (not with_field or with_field in form.fields):
                return form
        return None


class SiteClient:
    """Keeps cookies, follows redirects, and raises Unexpected for an error status."""

    def __init__(self, site: str, tls: SSLContext | None = None) -> None:
        self.site = site
        self.http = httpx.Client(
            base_url=site,
            follow_redirects=True,
            timeout=pace.seconds(30),
            limits=httpx.Limits(keepalive_expiry=KEPT),
            trust_env=False,
            verify=tls if tls else True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def read(self, path: str) -> Page:
        answer = self._ask("GET", path)
        return Page(str(answer.url), answer.text)

    def send(self, form: Form, **filled_in: str) -> Page:
        """Submit a form with its hidden fields."""
        answer = self._ask("POST", form.action, data={**form.fields, **filled_in})
        return Page(str(answer.url), answer.text)

    def send_for_json(self, path: str, **fields: str) -> dict[str, Any]:
        """Post as a page's script does, with the CSRF token of the cookie, and read JSON."""
        token = self.http.cookies.get("csrftoken", "")
        return self._json(self._ask("POST", path, data=fields, headers={"X-CSRFToken": token, **JSON}))

    def read_json(self, path: str) -> dict[str, Any]:
        return self._json(self._ask("GET", path, headers=JSON))

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Referer": self.site + "/", **more.pop("headers", {})}
        answer = self.http.request(method, path, headers=headers, **more)
        if answer.status_code >= 400:
            said = " ".join(answer.text.split())[:300]
            raise Unexpected(f"{method} {path} was answered with status {answer.status_code}: {said}")
        return answer

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            value = answer.json()
        except ValueError:
            raise Unexpected(f"{answer.url} did not answer with JSON.") from None
        if not isinstance(value, dict):
            raise Unexpected(f"{answer.url} answered with {type(value).__name__}, not an object.")
        return value


JSON: Mapping[str, str] = {"Accept": "application/json"}
