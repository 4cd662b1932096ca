"""The search finds pages, ranks them, and highlights the matches."""

import time

import pytest

from vaka.search.full_text_index import Index, Page


def page(title: str, text: str, headings: str = "", kind: str = "lesson") -> Page:
    return Page(kind=kind, title=title, address=f"/{title}/", headings=headings, text=text)


@pytest.fixture(scope="module")
def index():
    return Index(
        [
            page("Addresses", "A prefix such as 2001:db8::/32 is written short. The réseau is big.", "Prefixes"),
            page("First BGP session", "Type show bgp ipv6 summary. RFC 8212 shuts both gates.", "See the summary"),
            page("Neighbours", "Neighbour discovery is ICMPv6. A router shows what bgp is not."),
            page("SLAAC", "A host makes its own address from a prefix.", kind="term"),
        ]
    )


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("2001:db8::", "Addresses"),
        ("2001:db8::/32", "Addresses"),
        ("show bgp", "First BGP session"),
        ("bgp", "First BGP session"),
        ("icmp", "Neighbours"),
        ("reseau", "Addresses"),
        ("RÉSEAU", "Addresses"),
        ("rfc8212", None),
        ("RFC 8212", "First BGP session"),
        ("slaac", "SLAAC"),
        ("prefix host", "SLAAC"),
        ("summary nowhere", "First BGP session"),
        ("nowhere", None),
        ("", None),
    ],
)
def test_the_best_hit_comes_first(index, question, first):
    hits = index.search(question)
    assert (hits[0].page.title if hits else None) == first


def test_matches_are_highlighted_and_everything_is_escaped():
    [hit] = Index([page("x", "Type <script>alert(1)</script> & show bgp now")]).search("script show")
    assert "&lt;<mark>script</mark>&gt;" in hit.snippet
    assert "<mark>show</mark> bgp" in hit.snippet
    assert "<script" not in hit.snippet


def test_a_large_site_is_searched_in_fifty_milliseconds():
    text = " ".join(f"word{n % 997} 2001:db8:{n % 499:x}:: show bgp" for n in range(2000))
    index = Index(page(f"Lesson {n}", text) for n in range(60))
    took = []
    for question in ("show bgp", "2001:db8::", "w", "word1 word2 word3 word4", "nothing"):
        begun = time.process_time()
        index.search(question)
        took.append(time.process_time() - begun)
    assert min(took) < 0.05
    assert sorted(took)[2] < 0.05, took
