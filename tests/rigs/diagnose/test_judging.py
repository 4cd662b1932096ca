"""The explanation of a failed check is right, honest, an effect or wrong."""

import pytest

from labs.engine.checks import Outcome
from labs.engine.diagnosis.causes import cause, not_known
from labs.engine.grading.verdicts import Verdict
from labs.engine.translatable_text import Text
from rigs.diagnose.generators.fault import Truth
from rigs.diagnose.judging import Named, judge, worst

AREA = Truth("r2: eth0 is in area 9", ("r2", "r1"), ("eth0",), r"area")


def verdict(told, *, seen="no adjacency", node="r1"):
    return Verdict(
        check="ospf",
        stage="one",
        outcome=Outcome.FAILED,
        points=0,
        out_of=1,
        expected=Text.plain("an adjacency"),
        seen=Text.plain(seen),
        node=node,
        command="show ipv6 ospf6 neighbor",
        cause=told,
        read_more=(),
        evidence={},
        seconds=1.0,
    )


def judged(told, *, author="", lacks_route=False, **more):
    general = Text.authored(author) if author else None
    return judge(verdict(told, **more), general, [AREA], lambda what, node, it: lacks_route)


def test_the_true_cause_is_right():
    told = cause("ospf-area", "show ipv6 ospf6 interface", "r1", end="r2:eth0", other="r1:eth0", a="9", b="0")
    assert judged(told.text).named is Named.RIGHT


def test_another_cause_is_wrong_even_if_its_command_has_the_words():
    told = cause("ospf-passive", "show area of eth0", "r2", end="r2:eth0")
    assert judged(told.text).named is Named.WRONG


def test_what_was_only_seen_is_honest():
    seen = not_known([Text.plain("r2:eth0 is in area 9.")])
    assert judged(seen.text).named is Named.HONEST
    assert not judged(seen.text).general


def test_no_sentence_is_honest():
    assert judged(None).named is Named.HONEST


@pytest.mark.parametrize(("lacks_route", "named"), [(True, Named.EFFECT), (False, Named.WRONG)])
def test_a_missing_route_is_an_effect_only_if_the_kernel_has_none(lacks_route, named):
    told = cause("route-missing", node="r1", a="2001:db8:2::10")
    assert judged(told.text, lacks_route=lacks_route).named is named


def test_a_missing_address_is_an_effect_if_the_node_has_it_no_more():
    told = cause("address-missing", node="r1", a="2001:db8:2::10")
    assert judged(told.text, lacks_route=True).named is Named.EFFECT
    assert judged(told.text, lacks_route=False).named is Named.WRONG


def test_sentences_of_one_cause_are_read_together():
    told = Text.of(Text.plain("The area of r2 differs."), Text.plain("So eth0 has no adjacency."))
    assert judged(told).named is Named.RIGHT


def test_the_authors_sentence_can_be_right_or_general():
    right, general = "eth0 of r2 is in the wrong area.", "Compare both ends."
    assert judged(Text.authored(right), author=right).named is Named.RIGHT
    other = judged(Text.authored(general), author=general)
    assert (other.named, other.general) == (Named.HONEST, True)


def test_the_check_itself_may_say_it():
    assert judged(None, seen="eth0 is in area 9", node="r2").named is Named.RIGHT
    assert judged(None, seen="eth0 is in area 9", node="r3").named is Named.HONEST


def test_the_path_of_packets_is_something_seen():
    general = "Packets arrive on another path."
    told = Text.of(Text.authored(general), Text.plain("Packets for 2001:db8::1 pass h1, r1."))
    assert judged(told, author=general).named is Named.HONEST


def test_of_several_checks_the_worst_counts():
    told = cause("route-missing", node="r1", a="2001:db8:2::10").text
    right = judged(cause("ospf-area", end="r2:eth0", other="r1:eth0", a="9", b="0").text)
    assert worst([right, judged(told)]) is Named.WRONG
    assert worst([judged(None), judged(told, lacks_route=True)]) is Named.EFFECT
    assert worst([judged(told, lacks_route=True), right]) is Named.RIGHT
