"""Writes a lab as a topology of containerlab."""

from collections.abc import Iterator, Mapping

from labs.engine.definition.spec import Lab, Node
from labs.engine.foreign_labs import export_tables as tables
from labs.engine.foreign_labs.home_lab import Home, HomeSegment, files_of, programs_of, segments, set_up, with_shell
from labs.typed_yaml.yaml_text import flow

SOLUTION = "/vaka-solution.sh"
NEEDS_SHELL = frozenset("|<>$&;*'\"`()~")


def containerlab(lab: Lab, scripts: Mapping[str, str]) -> Home:
    """Return the files. SCRIPTS are run on their nodes at the end, by node."""
    file = f"{lab.id}.clab.yml"
    shell = f"docker exec -it clab-{lab.id}-NODE bash"
    home = Home(
        start=f"sudo containerlab deploy -t {file}",
        stop=f"sudo containerlab destroy -t {file} --cleanup",
        console=shell,
    )
    lines = [f"name: {lab.id}", "topology:", "  nodes:"]
    for node in with_shell(lab):
        lines += _node(lab, node, scripts.get(node.name, ""), home)
    for segment in segments(lab):
        if not segment.is_link:
            lines += [f"    {_bridge(segment)}:", "      kind: bridge"]
            home.before.append(
                f"sudo ip link add {_bridge(segment)} type bridge; sudo ip link set {_bridge(segment)} up"
            )
    lines += ["  links:", *_links(lab)]
    home.files[file] = ("\n".join(lines) + "\n").encode()
    return home


def _node(lab: Lab, node: Node, script: str, home: Home) -> Iterator[str]:
    yield f"    {node.name}:"
    yield "      kind: linux"
    yield f"      image: {tables.CONTAINERLAB_IMAGES[node.kind]}"
    if any(end.name == "eth0" for end in lab.interfaces(node.name)):
        yield "      network-mode: none # eth0 is a link of the lab, and not containerlab's management network"
    binds = {f"{node.name}{path}": tables.CONTAINERLAB_PATHS.get(path, path) for path in files_of(node)}
    home.files |= {f"{node.name}{path}": content for path, content in files_of(node).items()}
    home.executable |= {f"{node.name}{path}" for path in programs_of(node)}
    commands = [*set_up(lab, node), *node.start]
    if script:
        binds[f"{node.name}{SOLUTION}"] = SOLUTION
        home.files[f"{node.name}{SOLUTION}"] = script.encode()
        commands += [*filter(None, [tables.CONTAINERLAB_WAIT.get(node.kind)]), f"bash {SOLUTION}"]
    if binds:
        yield "      binds:"
        yield from (f"        - {flow(f'{source}:{target}')}" for source, target in binds.items())
    if commands:
        yield "      exec:"
        yield from (f"        - {flow(_exec(command))}" for command in commands)


def _exec(command: str) -> str:
    """Return a command for containerlab, which runs it without a shell."""
    if not NEEDS_SHELL & set(command) and not command.startswith(("while ", "until ", "for ", "if ")):
        return command
    quoted = command.replace("'", "'\\''")
    return f"sh -c '{quoted}'"


def _links(lab: Lab) -> Iterator[str]:
    for segment in segments(lab):
        ends = [":".join(end) for end in segment.ends]
        if segment.is_link:
            yield f"    - endpoints: {flow(ends)}"
            continue
        for number, end in enumerate(ends, 1):
            yield f"    - endpoints: {flow([end, f'{_bridge(segment)}:{segment.name[:8]}-{number}'])}"


def _bridge(segment: HomeSegment) -> str:
    return f"br-{segment.name}"[:15]
