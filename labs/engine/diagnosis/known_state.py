"""The state of the live network beside that of the solved one, without what nobody knows: a late answer is no absence."""

from collections.abc import Mapping
from dataclasses import replace

from labs.engine.adapters import node_state, untrusted
from labs.engine.adapters.node_state import Answers, Network, Seen
from labs.engine.diagnosis import uniform_bird_config
from labs.engine.state import reading
from labs.engine.state.facts import Facts, Section, State


def of(network: Network, answers: Answers, model: State) -> State:
    """Read the state from these answers. A fact whose ask was not answered is that of the solved network: it differs nowhere."""
    nodes = {name: _like(seen, model.get(name, {}), answers) for name, seen in network.nodes.items()}
    found = reading.state_of(Network(network.lab, nodes), answers)
    known = {name: _known(network.nodes[name], facts, model.get(name, {}), answers) for name, facts in found.items()}
    return {
        name: uniform_bird_config.of_state(facts) if uniform_bird_config.is_mixed(facts) else facts
        for name, facts in known.items()
    }


def _like(seen: Seen, solved: Facts, answers: Answers) -> Seen:
    """The node with its configuration as it was read, if that of the solved network cannot be written in one way."""
    if uniform_bird_config.is_mixed(solved):
        return replace(seen, config=node_state.read(seen.node, answers).config)
    return seen


def of_model(model: State) -> State:
    """The state of the solved network in which configurations are written as those that are read from the live network."""
    return {name: uniform_bird_config.of_state(facts) for name, facts in model.items()}


def knows_config(seen: Seen, daemon: str) -> bool:
    """Whether the configuration of this daemon was read. If it was not, a statement that is not there may be there."""
    return daemon in seen.answered if _is_asked(seen, daemon) else bool(seen.config.lines)


def _is_asked(seen: Seen, part: str) -> bool:
    """Whether the node is asked for this part of its configuration: a daemon of FRR, or an answer of BIRD."""
    return (seen.node.name, part) in node_state.asks(seen.node, [node_state.CONFIG])


def _known(seen: Seen, facts: Facts, solved: Facts, answers: Answers) -> Facts:
    found = dict(facts)
    for section in (Section.SETTINGS, Section.FILES):
        if section not in facts:
            continue
        late = {key: value for key, value in solved.get(section, {}).items() if _is_late(seen, section, key, answers)}
        found[section] = {**facts[section], **late}
    for part, sections in SECTIONS_OF_ANSWER.items():
        if _is_asked(seen, part) and part not in seen.answered | seen.silent:
            found = {section: one for section, one in found.items() if section not in sections}
    return found


def _is_late(seen: Seen, section: Section, key: str, answers: Answers) -> bool:
    if section is Section.SETTINGS:
        return key not in seen.answered
    answer: Mapping[str, object] = untrusted.fields(answers.get((seen.node.name, node_state.FILE + key)))
    return answer.get("ok") is not True


# What is read from an answer of BIRD: which protocols are disabled, and whether its file is what runs
SECTIONS_OF_ANSWER: Mapping[str, tuple[Section, ...]] = {
    node_state.PROTOCOLS: (Section.DAEMONS,),
    node_state.STATUS: (Section.DAEMONS, Section.CONFIG),
}
