"""Weighing the table of MPLS labels and its routes."""

import contextlib

import pytest

from labs.supervisor.kernel_memory import mpls
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20
ROUTE = message(mpls.NEW_ROUTE, bytes(44))


@pytest.fixture
def weigh(dumps, tmp_path, monkeypatch):
    """Weigh a network with room for that many labels, whose kernel answers this."""

    def weigh(labels, *answers, most=MOST):
        if labels is not None:
            (tmp_path / "platform_labels").write_text(f"{labels}\n")
        monkeypatch.setattr(mpls, "LABELS", tmp_path / "platform_labels")
        monkeypatch.setattr(mpls.syscalls, "network_of", lambda pid: contextlib.nullcontext())
        monkeypatch.setattr(mpls, "kernel_socket", lambda pid: contextlib.closing(dumps(*answers)))
        return mpls.weigh(7, most)

    return weigh


def test_the_table_counts_by_its_room_though_it_is_empty(weigh):
    assert weigh(1_048_575, DONE) == 8 * 1_048_575


def test_routes_count_with_what_their_messages_are_long(weigh):
    assert weigh(1000, ROUTE * 5, DONE) == 8000 + 5 * (mpls.ROUTE + 4 * 44)


def test_counting_ends_a_little_above_the_most_that_matters(weigh):
    assert weigh(10, *[ROUTE * 10] * 4, most=5000) == 80 + 2 * 10 * (mpls.ROUTE + 4 * 44)


def test_nobody_asks_for_routes_where_mpls_is_off_or_the_kernel_has_none(weigh):
    assert weigh(None) == 0
    assert weigh(0) == 0
