"""The page of a lab of sixty nodes: its drawing keeps a readable size and scrolls, and every node can be used."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from labs.lifecycle import lab_access
from rigs.bench.sixty_nodes import sixty_nodes
from tests.browser.test_lab_page import *  # noqa: F403  its site and page
from tests.browser.test_lab_page import pytestmark  # noqa: F401
from tests.labs import fakes

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]


@pytest.fixture
def lab(tmp_path):
    large = sixty_nodes()
    return replace(fakes.little_lab(tmp_path / "catalog" / "large"), nodes=large.nodes, links=large.links)


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_a_lab_of_sixty_nodes_is_drawn_and_its_terminals_open(page, lab, ready, engine, monkeypatch, size):
    monkeypatch.setattr(lab_access, "client_of", engine.client_of)
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    drawing = ada.locator("#map svg.d")
    letters = drawing.locator("text", has_text="2001:db8:1::/64").first
    assert letters.bounding_box()["height"] >= 11  # px
    assert ada.locator("#map .scroll").first.bounding_box()["height"] <= size[1] * 0.6
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]
    drawing.get_by_role("link", name="h13 : open the terminal").click()
    expect(ada.get_by_role("tab", name="h13")).to_be_visible()
    ada.locator("#cables > summary").click()
    ada.get_by_label("Cable", exact=True).select_option(label="b13:eth1 – h13:eth0")
    ada.get_by_label("Loss").fill("5")
    ada.get_by_role("button", name="Change the cable").click()
    expect(drawing.locator("text", has_text="lossy")).to_have_count(1)
