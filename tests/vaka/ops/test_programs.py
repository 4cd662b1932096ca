"""The processes of a site: which there are, in which order they start, and which of them may use the engine."""

import pytest

from vaka.ops import programs
from vaka.ops.errors import CannotStart


@pytest.fixture
def by_name(settings):
    settings.REDIS_URL = f"unix://{settings.BROKER_SOCKET}"
    return {program.name: program for program in programs.all_programs()}


def test_the_broker_starts_first_and_stops_last(by_name):
    assert list(by_name) == ["broker", "relay", "worker", "starter", "saver", "beat", "watcher", "site", "gateway"]
    assert [name for name, program in by_name.items() if program.stops_last] == ["broker"]


def test_a_broker_of_the_operator_is_not_started(settings):
    settings.REDIS_URL = "redis://broker.example:6379/0"
    assert "broker" not in {program.name for program in programs.all_programs()}


def test_only_the_relay_and_the_workers_may_use_the_engine(by_name):
    assert {name for name, program in by_name.items() if program.engine} == {"relay", *programs.WORKERS}


def test_each_worker_takes_queues_of_its_own(by_name):
    queues = [by_name[name].command[by_name[name].command.index("-Q") + 1] for name in programs.WORKERS]
    assert queues == ["labs,celery", "starts", "saves"]


def test_no_process_of_celery_makes_the_checks_again_that_the_migration_made(by_name):
    commands = [program.command for program in by_name.values() if "celery" in program.command]
    assert len(commands) == 4
    assert all("--skip-checks" in command[: command.index("-l")] for command in commands)


def test_site_and_gateway_need_two_ports(settings):
    settings.GATEWAY_PORT = settings.PORT
    with pytest.raises(CannotStart, match="They must differ"):
        programs.web()
