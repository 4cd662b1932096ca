"""Counts the bytes of a page's first visit: the page and each file that a browser needs for it, without pictures."""

import gzip
import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from vaka.ops.errors import CannotStart

KILOBYTE = 1e3
PREFETCHED = ("stylesheet", "icon", "modulepreload", "preload", "manifest")
# What import() names comes later
IMPORTS = re.compile(r"""\b(?:import|export)\b[^'"();]*?(?:from\s*)?(["'])([^"'\n]+)\1""")
STYLES = re.compile(r"""(?:@import\s*|url\(\s*)(["']?)([^"')\s]+)\1""")


class Needs(HTMLParser):
    """The files and the JavaScript modules that a page refers to."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.modules: dict[str, str] = {}
        self._address, self._in_map, self._inline = address, False, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._in_map = found.get("type") == "importmap"
            self._need(found.get("src", ""))
        elif tag == "link" and set(found.get("rel", "").split()) & set(PREFETCHED):
            self._need(found.get("href", ""))

    def handle_data(self, data: str) -> None:
        if self._in_map:
            self.modules |= json.loads(data)["imports"]

    def handle_endtag(self, tag: str) -> None:
        self._in_map = False

    def _need(self, address: str) -> None:
        if address and not address.startswith("data:"):
            self.files.append(urljoin(self._address, address))


def named(address: str, text: str, modules: dict[str, str]) -> list[str]:
    """Return the files that a script or a stylesheet needs."""
    if address.endswith((".js", ".mjs")):
        names = [match[2] for match in IMPORTS.finditer(text)]
        return [urljoin(address, modules.get(name, name)) for name in names if name in modules or name[0] in "./"]
    if address.endswith(".css"):
        return [
            urljoin(address, match[2]) for match in STYLES.finditer(text) if not match[2].startswith(("data:", "#"))
        ]
    return []


def first_visit(http: httpx.Client, path: str) -> dict[str, int]:
    """Return the bytes of each file by its URL. Uncompressed pages count gzipped, as a proxy in front sends them."""
    page = _read(http, path)
    address = str(page.url)
    needs = Needs(address, page.text)
    weights = {address: len(gzip.compress(page.content, 6))}
    waiting = list(needs.files)
    while waiting:
        address = waiting.pop()
        if address not in weights:
            file = _read(http, address)
            weights[address] = file.num_bytes_downloaded
            waiting += named(address, file.text, needs.modules)
    return weights


def _read(http: httpx.Client, address: str) -> httpx.Response:
    answer = http.get(address)
    if answer.status_code != httpx.codes.OK:
        raise CannotStart(f"{answer.url} was answered with status {answer.status_code}.")
    return answer
