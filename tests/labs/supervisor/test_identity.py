"""The ids of labs, as numbers."""

from labs.supervisor import identity


def test_the_block_of_ids_fits_below_what_the_kernel_calls_nobody():
    last = identity.FIRST_ID + identity.IDS - 1
    assert last < 2**31 - 1  # programs that keep an id in an int have it, too
    assert identity.FIRST_ID > 1_879_048_191  # the last that systemd hands out to containers (systemd.io/UIDS-GIDS)


def test_a_node_may_make_no_more_than_it_needs_of_what_the_kernel_counts():
    assert {name for name, most in identity.PER_NODE.items() if most == 0} == {
        "max_cgroup_namespaces",
        "max_time_namespaces",
        "max_fanotify_groups",
        "max_fanotify_marks",
    }
    assert max(identity.PER_NODE.values()) <= 2048
