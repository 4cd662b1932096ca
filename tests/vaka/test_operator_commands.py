"""The commands for operators in messages: each works on this server."""

import pytest

from labs.engine.runtime import image
from vaka import operator_commands


@pytest.mark.parametrize(
    ("unit", "commands"),
    [
        (
            "",
            [
                "make run",
                "VAKA_PORT=8010 make run",
                "docker/setup",
                "manage.py fits",
                "less .vaka/log/beat.log",
                "make image",
                image.FRESH,
            ],
        ),
        (
            "vaka",
            [
                "systemctl start vaka",
                "write VAKA_PORT=8010 into /etc/vaka/vaka.env, and type: docker/setup install",
                "docker/setup install",
                "sudo vaka fits",
                "journalctl -t vaka-beat",
                "sudo /opt/vaka/current/docker/lab/build",
                "sudo /opt/vaka/current/docker/lab/build --fresh",
            ],
        ),
    ],
    ids=["a clone", "a service"],
)
def test_an_operator_reads_what_to_type_on_this_server(settings, unit, commands):
    settings.UNIT = unit
    assert [
        operator_commands.start(),
        operator_commands.start_with("VAKA_PORT", 8010),
        operator_commands.set_up(),
        operator_commands.manage("fits"),
        operator_commands.log("beat"),
        operator_commands.build_image(),
        operator_commands.build_image(fresh=True),
    ] == commands
