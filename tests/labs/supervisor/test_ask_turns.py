"""Questions that wait for each other."""

import asyncio

from labs.supervisor import ask_turns

FLOW = {"ask": "flow", "to": "h2", "protocol": "tcp", "port": 25}


def order_of(*questions):
    """Each begins and ends in this order; a question that must wait begins after the end of another one."""
    seen = []

    async def one(name, question):
        async with ask_turns.of(question):
            seen.append(f"{name} begins")
            for _turn in range(3):
                await asyncio.sleep(0)
            seen.append(f"{name} ends")

    async def every():
        await asyncio.gather(*(one(number, question) for number, question in enumerate(questions)))

    asyncio.run(every())
    return seen


def test_no_service_is_asked_for_while_a_listener_of_ours_waits():
    for service in ("tcp", "http", "dns"):
        assert order_of(FLOW, {"ask": service, "port": 25}) == ["0 begins", "0 ends", "1 begins", "1 ends"]
        assert order_of({"ask": service, "port": 25}, FLOW) == ["0 begins", "0 ends", "1 begins", "1 ends"]


def test_services_and_flows_on_other_ports_run_side_by_side():
    assert order_of({"ask": "tcp"}, {"ask": "dns"})[:2] == ["0 begins", "1 begins"]
    assert order_of(FLOW, FLOW | {"port": 80})[:2] == ["0 begins", "1 begins"]
    assert order_of(FLOW, {"ask": "ping"})[:2] == ["0 begins", "1 begins"]


def test_two_listeners_of_ours_do_not_take_each_others_port():
    assert order_of(FLOW, FLOW)[:2] == ["0 begins", "0 ends"]
    udp = {"ask": "stream", "to": "h2", "port": 9000}
    assert order_of(udp, FLOW | {"protocol": "udp", "port": 9000})[:2] == ["0 begins", "0 ends"]
    assert order_of(udp | {"port": 0}, udp | {"port": 0})[:2] == ["0 begins", "1 begins"]


def test_a_question_that_is_given_up_lets_the_others_go_on():
    async def given_up():
        async def waits():
            async with ask_turns.of({"ask": "tcp"}):
                return True

        async with ask_turns.of(FLOW):
            first = asyncio.create_task(waits())
            await asyncio.sleep(0)
            first.cancel()
            second = asyncio.create_task(waits())
            await asyncio.sleep(0)
        return await second

    assert asyncio.run(given_up())
