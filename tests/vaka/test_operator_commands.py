"""The commands for operators in messages: each works on this server."""

import re
from pathlib import Path

import pytest

from labs.engine.runtime import image
from vaka import operator_commands

CLONE = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("unit", "commands"),
    [
        (
            "",
            [
                "make run",
                "VAKA_PORT=8010 make run",
                "docker/setup",
                "make run LAN=1",
                "make run LAN=ADDRESS",
                "make run LAN=1 CERT=… KEY=…",
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
                "sudo docker/setup install --name NAME",
                "write VAKA_LAN=ADDRESS into /etc/vaka/vaka.env, and type: docker/setup install",
                "write VAKA_CERT=… and VAKA_KEY=… into /etc/vaka/vaka.env, and type: systemctl restart vaka",
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
        operator_commands.open_to_others(),
        operator_commands.serve_lan("ADDRESS"),
        operator_commands.serve_lan_with_certificate(),
        operator_commands.manage("fits"),
        operator_commands.log("beat"),
        operator_commands.build_image(),
        operator_commands.build_image(fresh=True),
    ] == commands


@pytest.mark.parametrize(
    ("unit", "build", "set_up"),
    [
        ("", "make image", "docker/setup"),
        ("vaka", "sudo /opt/vaka/current/docker/lab/build", "docker/setup install"),
    ],
    ids=["a clone", "a service"],
)
def test_a_message_of_the_engine_ends_with_the_command_for_this_server(settings, unit, build, set_up):
    settings.UNIT = unit
    says = operator_commands.on_this_server
    assert (
        says("The lab image has not been built. Type: make image") == f"The lab image has not been built. Type: {build}"
    )
    assert says("No engine answers. Start it, or type: make setup") == f"No engine answers. Start it, or type: {set_up}"
    assert says("make image is a file in the lab") == "make image is a file in the lab"


OF_A_CLONE = re.compile(r"make (image|run|setup)|CERT=…")
KNOW_BOTH = {
    "platform/vaka/operator_commands.py",
    "platform/vaka/lan.py",  # has no settings; its sentences name both ways
    # The proofs of labs rest on these three, and ``on_this_server`` changes what they say
    *(f"labs/engine/runtime/{name}.py" for name in ("driver", "image", "differences")),
}


def test_nothing_else_in_the_site_names_a_command_that_only_a_clone_has():
    files = [
        file
        for folder in ("platform", "labs")
        for file in (CLONE / folder).rglob("*")
        if file.suffix in (".py", ".html")
    ]
    naming = {
        str(file.relative_to(CLONE))
        for file in files
        if "migrations" not in file.parts and OF_A_CLONE.search(file.read_text())
    }
    assert naming <= KNOW_BOTH
