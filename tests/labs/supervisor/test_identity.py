"""The ids of labs as numbers."""

from labs.supervisor import identity


def test_the_block_of_ids_fits_into_31_bits():
    last = identity.FIRST_ID + identity.IDS - 1
    assert last < 2**31 - 1  # programs that keep an id in an int have it, too
    assert identity.FIRST_ID > 1_879_048_191  # the last that systemd hands out to containers (systemd.io/UIDS-GIDS)


def test_the_kernel_limits_of_a_node_are_small():
    assert {name for name, most in identity.PER_NODE.items() if most == 0} == {
        "max_cgroup_namespaces",
        "max_time_namespaces",
        "max_fanotify_groups",
        "max_fanotify_marks",
    }
    assert max(identity.PER_NODE.values()) <= 2048
