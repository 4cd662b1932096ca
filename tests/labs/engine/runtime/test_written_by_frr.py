"""A file that FRR has written differs from the one that a person wrote only in what means something else."""

from labs.engine.runtime.changes import FileState, NodeState
from labs.engine.runtime.differences import differences
from labs.engine.runtime.written_by_frr import FRR_CONF, in_one_order

BY_HAND = """frr defaults traditional
hostname r1
! A changed route map takes effect after one second.
bgp route-map delay-timer 1
!
router bgp 64496
 ! The upstream
 neighbor 2001:db8::2 remote-as 64497
 no bgp default ipv4-unicast
 address-family ipv4 unicast
  neighbor 192.0.2.2 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8::2 activate
  network 3fff::/32
 exit-address-family
exit
interface eth1
 ipv6 address 2001:db8::1/64
exit
"""
BY_FRR = """frr version 10.3
frr defaults traditional
hostname r1
bgp route-map delay-timer 1
!
interface eth1
 ipv6 address 2001:db8::1/64
exit
!
router bgp 64496
 no bgp default ipv4-unicast
 neighbor 2001:db8::2 remote-as 64497
 !
 address-family ipv4 unicast
  neighbor 192.0.2.2 activate
 exit-address-family
 !
 address-family ipv6 unicast
  network 3fff::/32
  neighbor 2001:db8::2 activate
 exit-address-family
exit
!
end
"""


def signs(before: str, after: str) -> list[str]:
    """Return the lines that the page shows as added or removed."""
    state = NodeState(files={FRR_CONF: FileState(len(after), after.encode(), None)})
    found = differences({"r1": {"running": None, "files": {FRR_CONF: before}}}, {"r1": state})
    return [sign + text for difference in found for sign, text in difference.lines if sign in "+-"]


def test_a_file_that_frr_has_written_back_unchanged_is_no_difference():
    assert signs(BY_HAND, BY_FRR) == []


def test_the_one_line_that_the_learner_added_is_the_one_that_is_shown():
    added = BY_FRR.replace("  network 3fff::/32\n", "  network 3fff::/32\n  network 3fff:1::/32\n")
    assert signs(BY_HAND, added) == ["+  network 3fff:1::/32"]


def test_a_line_that_moved_to_another_address_family_is_shown():
    moved = BY_FRR.replace("  network 3fff::/32\n", "").replace(
        "  neighbor 192.0.2.2 activate\n", "  network 3fff::/32\n  neighbor 192.0.2.2 activate\n"
    )
    assert sorted(signs(BY_HAND, moved)) == ["+  network 3fff::/32", "-  network 3fff::/32"]


def test_a_block_that_is_gone_is_shown():
    gone = BY_FRR.replace("interface eth1\n ipv6 address 2001:db8::1/64\nexit\n!\n", "")
    assert signs(BY_HAND, gone) == ["-interface eth1", "- ipv6 address 2001:db8::1/64"]


def test_a_file_that_a_person_edits_is_compared_as_it_is():
    edited = BY_HAND.replace("! The upstream", "! Our upstream")
    assert in_one_order(BY_HAND, edited) == (BY_HAND, edited)
    assert signs(BY_HAND, edited) == ["- ! The upstream", "+ ! Our upstream"]


def test_frr_s_own_copies_are_no_changes_of_the_learner():
    copy = FileState(3, b"old", None)
    state = NodeState(files={"etc/frr/frr.conf.sav": copy, "etc/frr/mine.sav.txt": copy})
    found = differences({}, {"r1": state})
    assert [difference.name for difference in found] == ["etc/frr/mine.sav.txt"]
