"""Configurations are compared in one way of writing: each protocol of BIRD has its name, and each address one spelling."""

import ipaddress

import pytest

from labs.engine.adapters import node_state
from labs.engine.adapters.bgp_config import bgp_peer_configs
from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.adapters.ospf3_config import ospf3_config
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import bgp_session, known_state, supporting_differences, uniform_bird_config
from labs.engine.state.facts import Section, differences

NODE = Node(name="b1", kind=Kind.BIRD)
LAB = ad_hoc_lab("names", [NODE], [])
ONE, TWO = "2001:db8:1::1", "2001:db8:2::1"
SESSIONS = f"""
protocol bgp {{ local as 65001; neighbor {ONE} as 65002; ipv6 {{ import none; }}; }}
protocol bgp {{ local as 65001; neighbor {TWO} as 65003; ipv6 {{ import all; }}; }}
"""


def seen(text, off=()):
    return uniform_bird_config.rewritten(Seen(NODE, config=of_bird(text), off=frozenset(off)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("protocol bgp { } protocol bgp { }", ["bgp1", "bgp2"]),
        ("protocol bgp up { } protocol bgp { }", ["up", "bgp1"]),
        ("protocol bgp bgp1 { } protocol bgp { }", ["bgp1", "bgp2"]),
        ("template bgp t { } protocol bgp from t { } protocol bgp from t { }", ["bgp1 from t", "bgp2 from t"]),
        ("protocol ospf v2 { } protocol ospf v3 { } protocol ospf { }", ["v2 ospf1", "v3 ospf2", "ospf3"]),
        ("protocol rip { } protocol rip ng { } protocol bgp { }", ["rip1", "ng rip2", "bgp1"]),
    ],
)
def test_a_protocol_without_a_name_has_the_one_that_bird_gives_it(text, names):
    heads = seen(text).config.heads("protocol ")
    assert [head.split(" ", 2)[2] for head in heads] == names


def test_each_session_without_a_name_is_a_neighbour_of_its_own():
    """Regression: of two sessions without a name only the first was known, with the policies of both."""
    ends = bgp_peer_configs(seen(SESSIONS, off=["bgp2"]), 6)
    assert [(str(one.peer), one.protocol, one.off, one.accept_nothing.get("in")) for one in ends] == [
        (ONE, "bgp1", False, "import none"),
        (TWO, "bgp2", True, None),
    ]


def test_ospf_without_a_name_is_known_as_disabled_beside_the_other_version():
    text = (
        'protocol ospf v2 { area 0 { interface "eth0" { }; }; } protocol ospf v3 { area 0 { interface "eth0" { }; }; }'
    )
    assert ospf3_config(seen(text), Port("eth0")).protocol == "ospf2"


def test_a_configuration_of_frr_stays_as_it_is():
    config = of_frr("router bgp 65001\n neighbor 2001:db8::1 remote-as 65002\nexit\n")
    assert uniform_bird_config.rewritten(Seen(NODE, config=config)).config.lines == config.lines


def states(text, solved):
    """The live state of this configuration of BIRD, and the recorded state of the solved one."""
    answers = {
        ("b1", node_state.CONFIG): {"ok": True, "text": text},
        ("b1", node_state.STATUS): {"ok": True, "output": "x"},
        ("b1", node_state.PROTOCOLS): {"ok": True, "output": "x"},
    }
    recorded = {"b1": {Section.CONFIG: _config(solved)}}
    model = known_state.of_model(recorded)
    live = known_state.of(
        Network(LAB, {"b1": uniform_bird_config.rewritten(node_state.read(NODE, answers))}), answers, model
    )
    return live, model


def _config(text):
    found = {}
    for line in of_bird(text).lines:
        found.setdefault(" / ".join(line.heads), []).append(line.text)
    return {block: "\n".join(lines) for block, lines in found.items()}


def test_a_session_without_a_name_is_compared_with_the_solved_one():
    """Regression: no statement of such a session supported a cause, which named bgp1, while the state did not."""
    solved = f"protocol ospf v3 {{ area 0 {{ }}; }} protocol bgp {{ local as 65001; neighbor {ONE} as 65002; }}"
    live, model = states(solved.replace("local as", "ttl security; local as"), solved)
    [one] = differences(live, model, "b1", Section.CONFIG)
    assert (one.key, one.live) == ("protocol bgp bgp1", "ttl security")
    [end] = bgp_peer_configs(seen(solved), 6)
    found = bgp_session.blamed("bgp-ttl", end)
    assert supporting_differences.supports(found, one, Network(LAB, {}), live)


@pytest.mark.parametrize(("new", "differs"), [("", 0), ("import none", 1)])
def test_sessions_that_a_state_does_not_tell_apart_are_compared_as_they_are_written(new, differs):
    """A recorded state has the lines of both in one block."""
    live, model = states(SESSIONS.replace("import all", new or "import all"), SESSIONS)
    assert len(list(differences(live, model, "b1", Section.CONFIG))) == differs


def test_the_address_of_the_second_session_is_that_of_its_neighbour():
    ends = bgp_peer_configs(seen(SESSIONS), 6)
    assert ends[1].peer == ipaddress.ip_address(TWO)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("neighbor 2001:DB8:0::1 as 65002", "neighbor 2001:db8::1 as 65002"),
        ("neighbor FE80::1%eth0 as 65002", "neighbor fe80::1%eth0 as 65002"),
        ("import where net ~ [ 2001:DB8:0::/48+ ]", "import where net ~ [ 2001:db8::/48+ ]"),
        ('description "2001:DB8::1"', 'description "2001:DB8::1"'),
        ('password "A::B"', 'password "A::B"'),
        ("bgp_large_community.add((65000, 1, 2))", "bgp_large_community.add((65000, 1, 2))"),
        ("local 192.0.2.1 as 65001", "local 192.0.2.1 as 65001"),
    ],
)
def test_an_address_has_one_spelling(text, written):
    [_head, line] = seen(f"protocol bgp up {{ {text}; }}").config.lines
    assert line.text == written


def test_a_neighbour_in_another_spelling_is_the_same():
    """Regression: “2001:DB8:0::1” was another neighbour, so a difference of the session supported no cause about it."""
    solved = "protocol bgp up { local as 65001; neighbor 2001:db8:1::1 as 65002; }"
    typed = "protocol bgp up { local as 65001; neighbor 2001:DB8:1:0::1 as 65003; ttl security; }"
    live, model = states(typed, solved)
    assert [(one.live, one.model) for one in differences(live, model, "b1", Section.CONFIG)] == [
        ("neighbor 2001:db8:1::1 as 65003", "neighbor 2001:db8:1::1 as 65002"),
        ("ttl security", None),
    ]
    live, model = states(solved.replace("db8:1::1", "DB8:1:0::1"), solved)
    assert list(differences(live, model, "b1", Section.CONFIG)) == []
    # The state of the solved network may have another spelling too.
    live, model = states(solved, solved.replace("db8:1::1", "DB8:1:0::1"))
    assert list(differences(live, model, "b1", Section.CONFIG)) == []
