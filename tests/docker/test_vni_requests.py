"""The program that refuses VNI filters: run here by a small interpreter, on types and requests of our own."""

import errno
import struct

import pytest

OWN, OTHER = 4026531833, 4026532001
ROUTE, NETFILTER = 0, 12
NEW_LINK, NEW_TUNNEL = 16, 120
INT, ARRAY, STRUCT, UNION, TYPEDEF, FUNCTION = 1, 3, 4, 5, 8, 12


@pytest.fixture
def vni_requests():
    import vni_requests

    return vni_requests


class KernelTypes:
    """A kernel's own description of its types, made as compilers make it: each text once."""

    def __init__(self):
        self.strings, self.types, self.number = b"\0", b"", 0

    def text(self, text):
        known = b"\0" + text.encode() + b"\0"
        if known not in self.strings:
            self.strings += known[1:]
        return self.strings.index(known) + 1 if text else 0

    def add(self, kind, name="", size=0, more=b"", many=0, bitfields=False):
        self.types += struct.pack("=III", self.text(name), bitfields << 31 | kind << 24 | many, size) + more
        self.number += 1
        return self.number

    def add_struct(self, name, *members, kind=STRUCT, bitfields=False):
        """Add a struct. MEMBERS: name, number of the type, place in bits."""
        packed = b"".join(struct.pack("=III", self.text(member), inner, place) for member, inner, place in members)
        return self.add(kind, name, 0, packed, len(members), bitfields)

    def written(self):
        head = struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types), len(self.strings))
        return head + self.types + self.strings


def kernel(fields="sock_common", data_is_bitfield=False):
    """The types of a kernel, with these and with some that nobody asks for."""
    made = KernelTypes()
    number = made.add(INT, "int", 4, b"\0" * 4)
    made.add(ARRAY, "", 0, b"\0" * 12)
    of_net = made.add_struct("", ("net", number, 0))
    possible = made.add(TYPEDEF, "possible_net_t", of_net)
    common = made.add_struct("sock_common", ("skc_hash", number, 0), ("skc_net", possible, 48 * 8))
    made.add_struct("sock", ("__sk_common", common, 0), ("sk_protocol", number, 532 * 8))
    headers = made.add_struct("", ("len", number, 12 * 8))
    either = made.add_struct("", ("", headers, 8 * 8), kind=UNION)
    where = 200 * 8 | (3 << 24 if data_is_bitfield else 0)
    made.add_struct("sk_buff", ("", either, 80 * 8), ("data", number, where), bitfields=True)
    ns = made.add_struct("ns_common", ("inum", number, 16 * 8))
    made.add_struct("net", ("ns", ns, 160 * 8))
    made.add(FUNCTION, "security_netlink_send", number)
    return made.written()


def test_types_are_found_by_name_and_members_within_members_that_have_none(vni_requests):
    types = vni_requests.Types(kernel())
    assert types.offset(types.find(STRUCT, "sock"), "__sk_common", "skc_net", "net") == 48
    assert types.offset(types.find(STRUCT, "sk_buff"), "len") == 80 + 8 + 12
    assert types.offset(types.find(STRUCT, "net"), "ns", "inum") == 176
    assert types.find(FUNCTION, "security_netlink_send") == 12


def test_what_a_kernel_does_not_have_is_named(vni_requests):
    types = vni_requests.Types(kernel())
    with pytest.raises(vni_requests.Unsuitable, match="no security_of_another_kind"):
        types.find(FUNCTION, "security_of_another_kind")
    with pytest.raises(vni_requests.Unsuitable, match=r"no member ns\.number"):
        types.offset(types.find(STRUCT, "net"), "ns", "number")
    with pytest.raises(vni_requests.Unsuitable, match="no member data"):
        vni_requests.program(vni_requests.Types(kernel(data_is_bitfield=True)), OWN)
    with pytest.raises(vni_requests.Unsuitable, match="known form"):
        vni_requests.Types(b"\0" * 24)


class Memory(dict):
    """Bytes of the kernel, by address."""

    def put(self, address, form, value):
        for index, byte in enumerate(struct.pack(form, value)):
            self[address + index] = byte

    def read(self, address, size):
        return int.from_bytes(bytes(self.get(address + index, 0) for index in range(size)), "little")


def run(code, request, protocol, network):
    """Run the program as the kernel does when a request is sent. Returns the program's answer."""
    memory, sock, skb, net, at = Memory(), 0x1000, 0x2000, 0x3000, 0x10000
    for place, form, value in (
        (0x800, "<Q", sock),
        (0x808, "<Q", skb),
        (sock + 532, "<H", protocol),
        (sock + 48, "<Q", net),
        (net + 176, "<I", network),
        (skb + 200, "<Q", at),
        (skb + 100, "<I", len(request)),
    ):
        memory.put(place, form, value)
    for index, byte in enumerate(request):
        memory[at + index] = byte
    registers, line = {1: 0x800, 10: 0x8000}, 0
    while True:
        operation, which, offset, value = struct.unpack_from("<BBhi", code, 8 * line)
        into, start = which & 15, which >> 4
        line += 1
        if operation in (0x69, 0x61, 0x79):
            registers[into] = memory.read(registers[start] + offset, {0x69: 2, 0x61: 4, 0x79: 8}[operation])
        elif operation == 0x85:
            assert value == 113
            for index in range(registers[2]):
                memory[registers[1] + index] = memory.get(registers[3] + index, 0)
        elif operation == 0x95:
            return registers[0]
        elif operation in (0xB7, 0x07, 0x57):
            before = registers.get(into, 0)
            registers[into] = {0xB7: value, 0x07: before + value, 0x57: before & value}[operation]
        elif operation in (0xBF, 0x0F, 0x1F):
            before, other = registers.get(into, 0), registers[start]
            registers[into] = {0xBF: other, 0x0F: before + other, 0x1F: before - other}[operation]
        else:
            left = registers[into]
            jumps = {
                0x15: left == value,
                0x55: left != value,
                0x16: left == value & 0xFFFFFFFF,
                0xA5: left < value,
                0xC5: left < value,
            }[operation]
            line += offset if jumps else 0


def message(kind, length=32, said=None):
    return struct.pack("<IHHII", length if said is None else said, kind, 1, 0, 0).ljust((length + 3) & ~3, b"\0")


@pytest.fixture
def answer(vni_requests):
    code = vni_requests.program(vni_requests.Types(kernel()), OWN)
    return lambda *messages, protocol=ROUTE, network=OTHER: run(code, b"".join(messages), protocol, network)


def test_a_request_for_vnis_is_refused_in_a_lab(answer):
    assert answer(message(NEW_TUNNEL)) == -errno.EPERM


def test_all_other_requests_pass(answer):
    assert answer(message(NEW_LINK)) == 0
    assert answer() == 0
    assert answer(*[message(NEW_LINK, 47)] * 1500) == 0


def test_the_machine_itself_and_other_kinds_of_netlink_may_have_such_messages(answer):
    assert answer(message(NEW_TUNNEL), network=OWN) == 0
    assert answer(message(NEW_TUNNEL), protocol=NETFILTER) == 0


def test_a_request_for_vnis_is_found_behind_others_however_long_they_are(answer):
    assert answer(message(NEW_LINK, 33), message(NEW_LINK, 47), message(NEW_TUNNEL)) == -errno.EPERM
    assert answer(*[message(NEW_LINK, 16)] * 2000, message(NEW_TUNNEL)) == -errno.EPERM


def test_a_request_of_more_messages_than_are_read_is_refused(answer):
    assert answer(*[message(NEW_LINK, 16)] * 2049) == -errno.EPERM


def test_what_the_kernel_does_not_read_is_not_read_here(answer):
    assert answer(message(NEW_LINK, 32, said=8), message(NEW_TUNNEL)) == 0
    assert answer(message(NEW_LINK, 32, said=4000), message(NEW_TUNNEL)) == 0


# What set-up does with it


@pytest.fixture
def ensure(tmp_path, monkeypatch, vni_requests, tell):
    import kernel

    monkeypatch.setattr(vni_requests, "MARK", tmp_path / "run/vni-requests")
    return lambda: kernel.ensure_vni_requests(tell)


def answers_of_root(monkeypatch, answer):
    import kernel

    monkeypatch.setattr(kernel, "can_be_root", lambda: True)
    monkeypatch.setattr(kernel, "root_command", lambda command, why: command)
    monkeypatch.setattr(kernel, "run", lambda command, why: f"{answer}\n")


def test_set_up_says_once_that_the_kernel_refuses_them_from_now_on(ensure, monkeypatch, said):
    answers_of_root(monkeypatch, "refused")
    ensure()
    assert said == ["the kernel refuses VNI filters of VXLAN interfaces in labs, until the server is started again"]


def test_set_up_says_why_a_kernel_cannot(ensure, monkeypatch, said):
    answers_of_root(monkeypatch, "not refused: Operation not permitted")
    ensure()
    assert said[0].endswith("are not refused: Operation not permitted")


def test_a_user_without_root_is_told_unless_root_has_done_it_since_the_start(
    ensure, monkeypatch, said, vni_requests, without_root
):
    ensure()
    assert said.pop().startswith("only root can")
    vni_requests.MARK.parent.mkdir()
    vni_requests.MARK.write_text(f"{vni_requests.version()} refused\n")
    ensure()
    assert said == []
    vni_requests.MARK.write_text("another-version refused\n")
    ensure()
    assert said.pop().startswith("only root can")


def test_the_script_keeps_what_it_has_found_and_makes_no_program_of_types_that_it_does_not_know(
    tmp_path, monkeypatch, vni_requests, capsys
):
    monkeypatch.setattr(vni_requests, "MARK", tmp_path / "run/vni-requests")
    monkeypatch.setattr(vni_requests, "BTF", tmp_path / "vmlinux")
    vni_requests.main()
    assert capsys.readouterr().out == "not refused: No such file or directory\n"
    assert vni_requests.state() == "not refused: No such file or directory"
    vni_requests.BTF.write_bytes(KernelTypes().written())
    vni_requests.main()
    assert vni_requests.state() == "not refused: the kernel has no sock"
