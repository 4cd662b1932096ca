"""An output that was typed by hand is refused: a lesson shows what a lab printed, or says that an author wrote it."""

import pytest

from courses.typed_outputs import mistakes

TYPED = "r1# show bgp ipv6 unicast summary\nBGP router identifier 192.0.2.1, local AS number 64500"


def said(text: str) -> list[str]:
    return [f"{line}: {message}" for line, message in mistakes(text)]


@pytest.mark.parametrize("word", ["", "text", "console", "sh"])
def test_a_block_must_say_where_its_text_is_from(word):
    [message] = said(f"One\n\n```{word}\n{TYPED}\n```\n")
    assert message.startswith(
        "3: The block does not say where its text is from. If a node prints it, record it: ```output LAB"
    )


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_no_kind_of_fence_is_a_way_round(fence):
    assert len(said(f"{fence}\n{TYPED}\n{fence}\n")) == 1


def test_an_indented_block_is_no_way_round():
    assert len(said("One\n\n    r1# show bgp\n    Neighbor V AS\n")) == 1


def test_a_block_in_a_directive_is_found_with_its_line():
    assert said(f"::: worked Up\n```\n{TYPED}\n```\nLook.\n:::\n")[0].startswith("2: ")


@pytest.mark.parametrize(
    "block",
    [
        "```config\nrouter bgp 64500\n neighbor 2001:db8::1 remote-as 64496\n```",
        "```config\nr1(config)# router bgp 64500\nr1(config-router)# bgp router-id 192.0.2.1\n```",
        "```layout\n| version | traffic class | flow label |\n```",
        "```quote\nA node MUST support path MTU discovery.\n```",
        "```output a-lab untouched\nr1# show bgp\n```",
    ],
)
def test_what_an_author_may_write_is_accepted(block):
    assert said(block) == []


@pytest.mark.parametrize("word", ["config", "layout", "quote"])
@pytest.mark.parametrize(
    "content",
    [
        TYPED,
        "root@h1:~# ip -6 addr\nanything",
        "    inet6 fe80::1/64 scope link",
        "64 bytes from 2001:db8::1: icmp_seq=1 ttl=64",
        "2 packets transmitted, 2 received",
        "IP6 fe80::1 > ff02::1: ICMP6, router advertisement",
        "S>* ::/0 [1/0] via 2001:db8::1, eth0",
        "     Network          Next Hop            Metric LocPrf Weight Path",
        "default via fe80::1 dev eth0 proto ra metric 1024",
    ],
)
def test_a_wrong_word_does_not_make_an_output_honest(word, content):
    [message] = said(f"```{word}\n{content}\n```\n")
    assert f"The block is marked as {word}, but it shows what a node prints." in message
