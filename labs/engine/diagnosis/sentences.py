"""The sentence for a difference from the solved network: the present value, and the expected one if the lab tells it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from labs.engine.adapters.daemons import daemon_of
from labs.engine.definition.spec import Lab, Node
from labs.engine.diagnosis import known_to_learner, service_programs
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.diagnosis.dependency_search import Suspect
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.diagnosis.links_and_addresses import far_end
from labs.engine.diagnosis.needs_and_consequences import consequence
from labs.engine.diagnosis.rule_text import rule_text
from labs.engine.state.facts import Difference, Section, stem
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

# Statements without a value that a learner should find out, if the lab tells the addresses in them
WHOLE = (
    "network ",
    "aggregate-address ",
    "router ",
    "interface ",
    "ipv6 router ",
    "ip router ",
    "route-map ",
    "address-family ",
)
STATIC = ("route ", "ipv6 route ", "ip route ")
SECRET = ("password", "authentication", " key ", "message-digest")


def named(suspected: Suspect, lab: Lab) -> Cause:
    """The nearest difference, and one more of the same thing, if there is one. Beside a file its program, if that does not run."""
    item = suspected.told
    so = consequence(item, is_up=suspected.is_up)
    nearest, *more = suspected.found
    made = of_difference(nearest, lab, so, item, suspected.unread)
    same = [*[one for one in more if one.section is nearest.section][:1], *_ended_by(nearest, more)]
    # Without a command: the first one shows it too.
    told = [next(of_difference(one, lab, None, item, suspected.unread).text.sentences()) for one in same]
    beside = [one for one in told if str(one) != str(next(made.text.sentences()))]
    return replace(made, text=Text.of(made.text, *beside)) if beside else made


def _ended_by(nearest: Difference, more: Sequence[Difference]) -> list[Difference]:
    """The program that does not run, where a line of its own file is named."""
    if nearest.section is not Section.FILES:
        return []
    of = [one for one in more if one.section is Section.PROCESSES and one.node == nearest.node]
    return [one for one in of if service_programs.is_of(nearest.key, one.key)][:1]


def of_difference(
    one: Difference, lab: Lab, so: Text | None = None, item: Item | None = None, unread: Collection[str] = ()
) -> Cause:
    """The cause that tells this difference; SO is what follows from it, ITEM what it is a difference of.

    UNREAD: the nodes whose state is not known.
    """
    node = lab.nodes[one.node]
    on = _told(node)
    match one.section:
        case Section.INTERFACES:
            return _of_interface(one, lab, on, so, unread)
        case Section.SETTINGS:
            return _of_setting(one, lab, on, so)
        case Section.DAEMONS | Section.PROCESSES:
            return _of_daemon(one, on, so)
        case Section.CONFIG:
            return _of_config(one, lab, node, so)
        case Section.FILTERS:
            return _of_filter(one, on, so)
        case Section.FILES:
            return _of_file(one, on, so)
        case Section.ROUTES:
            return _of_route(one, lab, on, so, item)
        case _:
            return _of_rule(one, on, so)


def _told(node: Node) -> str:
    """The node on which the learner can type the command; "" if they cannot type there."""
    return node.name if node.learner else ""


def _of_interface(one: Difference, lab: Lab, on: str, so: Text | None, unread: Collection[str]) -> Cause:
    port, _space, word = one.key.rpartition(" ")
    end, live, model = f"{one.node}:{port}", one.live or "", one.model or ""
    show = f"ip addr show dev {port}" if word == "addresses" else f"ip -d link show {port}"
    if one.live is None and word != "addresses":
        return cause("no-interface", "ip -br link", on, so=so, node=one.node, dev=port)
    match word:
        case "up":
            name = "link-down"
        case "carrier":
            name = "no-carrier" if far_end(lab, one.node, port) in unread else "cable"
        case "master":
            name = "port-taken" if live else "differs-master"
        case "mtu":
            name = "differs-mtu" if known_to_learner.gives_mtu(lab, model) else "differs-mtu-untold"
        case _ if live and not model:
            name = "differs-address-extra"
        case _ if not live:
            name = "address-missing" if known_to_learner.is_given(lab, model) else "address-untold"
        case _:
            name = "differs-address" if known_to_learner.is_given(lab, model) else "differs-address-untold"
    if name == "address-missing":
        return cause(name, show, on, so=so, node=one.node, a=model)
    made = cause(name, show, on, so=so, end=end, dev=port, a=live, b=model)
    return replace(made, node=one.node)


def _of_setting(one: Difference, lab: Lab, on: str, so: Text | None) -> Cause:
    if one.key in ("net.ipv6.conf.all.forwarding", "net.ipv4.ip_forward") and one.live == "0":
        return cause("forwarding", f"sysctl {one.key}", on, so=so, node=one.node)
    if one.key.endswith(".disable_ipv6") and one.live == "1":
        return cause("ipv6-disabled", f"sysctl {one.key}", on, so=so, end=f"{one.node}:{one.key.split('.')[3]}")
    words = {"node": one.node, "key": one.key, "a": one.live or "–", "b": one.model or "–"}
    name = "differs-setting" if known_to_learner.gives_setting(lab, one.node, one.key) else "differs-setting-untold"
    return cause(name, f"sysctl {one.key}", on, so=so, **words)


def _of_daemon(one: Difference, on: str, so: Text | None) -> Cause:
    if one.key == "bird.conf":
        return cause("bird-unread", "birdc configure check", on, so=so, node=one.node)
    if one.live == "disabled":
        return cause("protocol-off", "birdc show protocols", on, so=so, node=one.node, a=one.key)
    name = "program-down" if one.section is Section.PROCESSES else "daemon-down"
    return cause(name, "ps -e", on, so=so, node=one.node, a=one.key)


def _of_filter(one: Difference, on: str, so: Text | None) -> Cause:
    words = {"node": one.node, "place": one.key, "a": rule_text(one.live or "") or "…"}
    if one.live is None:
        name = "differs-rule-missing"
    else:
        name = "differs-rule-order" if "\n" in one.live and one.model else "differs-rule"
    return cause(name, "nft list ruleset", on, so=so, **words)


def _of_file(one: Difference, on: str, so: Text | None) -> Cause:
    words = {"node": one.node, "key": one.key, "a": shown(one.live or "")}
    if not one.live:
        # In a file of any service, only the first word is certainly no value.
        name, words["a"] = "differs-file-missing", f"{(one.model or '').partition(' ')[0]} …"
    elif not one.model:
        name = "differs-file-extra"
    else:
        name = "differs-file-order" if one.live == one.model or "\n" in one.live else "differs-file-value"
    return cause(name, f"cat {one.key}", on, so=so, **words)


def _of_route(one: Difference, lab: Lab, on: str, so: Text | None, item: Item | None) -> Cause:
    """A route that is not there is named by where packets should go, if the lab does not tell the prefix."""
    command = f"ip -{6 if ':' in one.key else 4} route"
    prefix = f"default ({one.key})" if one.key.endswith("/0") else one.key
    if one.live:
        name = "differs-route" if one.model else "differs-route-extra"
        # A learner who entered the route by hand does not know the kernel's word for it.
        return cause(name, command, on, so=so, node=one.node, a=prefix, b=one.live.removeprefix("boot "))
    hidden = item is not None and item.kind is Kind.ROUTE and not known_to_learner.is_given(lab, one.key)
    to = item.at if item is not None and hidden else prefix
    return cause("route-missing", command, on, so=so, node=one.node, a=to)


def _of_rule(one: Difference, on: str, so: Text | None) -> Cause:
    """A rule that is missing is a part of the solution: it is not shown."""
    name = "differs-rules" if one.live and one.model else "differs-rules-extra" if one.live else "differs-rules-missing"
    words = {"node": one.node} | ({"a": one.live} if one.live else {})
    return cause(name, "ip rule; ip -6 rule", on, so=so, **words)


def _of_config(one: Difference, lab: Lab, node: Node, so: Text | None) -> Cause:
    on = _told(node)
    command = daemon_of(node).show_config_text()
    place = Text(_(" (in %(block)s)"), block=one.key) if one.key else Text("")
    words: dict[str, Any] = {"node": node.name, "place": place}
    if one.live is None:
        # The value stays with the solution: what the learner should find out is said by its kind.
        missing = one.model or ""
        about = shown(_without_value(missing, lab))
        return cause("differs-missing", command, on, so=so, a=about if about == missing else f"{about} …", **words)
    if one.model is None:
        return cause("differs-extra", command, on, so=so, a=shown(one.live), **words)
    if one.live == one.model or "\n" in one.live:
        return cause("differs-order", command, on, so=so, **words)
    return cause("differs-value", command, on, so=so, a=shown(one.live), **words)


def _without_value(line: str, lab: Lab) -> str:
    """Return the words of a statement without its value, which the learner should find out. A prefix to announce is no value."""
    if line.startswith(WHOLE):
        return line if known_to_learner.is_given(lab, line) else line.split()[0]
    words = line.split()[: 2 if line.startswith("route ") else 3] if line.startswith(STATIC) else stem(line)
    start = " ".join(words)
    return start if known_to_learner.is_given(lab, start) else " ".join(start.split()[:-1])


def shown(line: str) -> str:
    """A statement without a secret in it."""
    at = min((line.index(word) + len(word) for word in SECRET if word in line), default=len(line))
    return line[:at].strip()
