"""Has the kernel refuse netlink requests that filter the VNIs of VXLAN interfaces, in all networks but the machine's own.

One such request may add all 16,777,215 VNIs: 4 to 7 GB of kernel memory that no lab is charged for (docs/threat-model.md). A BPF
program at the kernel's hook ``security_netlink_send`` reads the types of the messages in a request (rtnetlink(7), linux/bpf.h). It
stays until the machine restarts, or until somebody removes PIN.

Set-up has root run this file as a script of its own. A kernel without this hook, or that lets nobody use it, stays as it is, and
the script says why.
"""

import ctypes
import errno
import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

BTF = Path("/sys/kernel/btf/vmlinux")
PIN = Path("/sys/fs/bpf/vaka_vni_requests")
# Only root can look for the pin, and everybody for this. It goes with the machine's next start, as the program does
MARK = Path("/run/vaka/vni-requests")
REFUSED, NOT_REFUSED = "refused", "not refused"

NEW_TUNNEL = 120  # RTM_NEWTUNNEL; NETLINK_ROUTE is 0
# Messages of a request that are read; more are refused. FRR, which sends the most at once, sends up to 1,500
MESSAGES = 2048
ALLOW, REFUSE = 0, -errno.EPERM

# The kernel's description of its own types (docs.kernel.org/bpf/btf.html)
HEADER, TYPE, MEMBER = struct.Struct("=HBBIIIII"), struct.Struct("=III"), struct.Struct("=III")
OTHER_NAMES = (8, 9, 10, 11, 18)  # typedef, volatile, const, restrict, type tag
STRUCT, UNION, FUNCTION = 4, 5, 12
EXTRA = {1: 4, 3: 12, 14: 4, 17: 4}  # bytes after a type
EXTRA_OF_EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}  # bytes for each of its members

PROGRAM_LOAD, PIN_OBJECT, OPEN_RAW_TRACEPOINT = 5, 6, 17
TRACING, MODIFY_RETURN = 26, 26
READ_KERNEL = 113  # bpf_probe_read_kernel
SYSCALLS = {"x86_64": 321, "aarch64": 280}
# Registers: 0 has the result, 1 to 3 the arguments of a call, 10 is the stack's end
RESULT, ONE, TWO, THREE, SKB, DATA, LEFT, COUNT, STACK = 0, 1, 2, 3, 6, 7, 8, 9, 10
LOAD = {2: 0x69, 4: 0x61, 8: 0x79}
JUMPS = {"equal": 0x15, "not equal": 0x55, "equal in 32 bits": 0x16, "less": 0xA5, "less, signed": 0xC5}
VALUES = {"set": 0xB7, "add": 0x07, "and": 0x57}
REGISTERS = {"copy": 0xBF, "add register": 0x0F, "subtract register": 0x1F}


class Unsuitable(Exception):
    """This kernel does not have what the program needs."""


class Types:
    """The types of a kernel."""

    def __init__(self, data):
        magic, _version, _flags, head, types, length, strings, _size = HEADER.unpack_from(data)
        if magic != 0xEB9F:
            raise Unsuitable("the kernel's types are not in the known form")
        self.data, self.strings = data, head + strings
        self.places = [0]  # by number; 0 is void
        at, end = head + types, head + types + length
        while at < end:
            self.places.append(at)
            _name, info, _size = TYPE.unpack_from(data, at)
            kind = info >> 24 & 31
            at += TYPE.size + EXTRA.get(kind, 0) + EXTRA_OF_EACH.get(kind, 0) * (info & 0xFFFF)

    def find(self, kind, name):
        """Return the number of the first type of this kind and name."""
        place = self.data.find(b"\0" + name.encode() + b"\0", self.strings) + 1 - self.strings
        for number, at in enumerate(self.places[1:], 1):
            named, info, _size = TYPE.unpack_from(self.data, at)
            if named == place and info >> 24 & 31 == kind:
                return number
        raise Unsuitable(f"the kernel has no {name}")

    def offset(self, number, *path):
        """Return at which byte of a struct a member lies. PATH: its name, after those of the members around it."""
        found = self._offset(number, path)
        if found is None:
            raise Unsuitable(f"the kernel's types have no member {'.'.join(path)}")
        return found

    def _offset(self, number, path):
        if not path:
            return 0
        _name, info, size = TYPE.unpack_from(self.data, self.places[number])
        kind, has_bitfields = info >> 24 & 31, info >> 31
        if kind in OTHER_NAMES:
            return self._offset(size, path)
        for index in range(info & 0xFFFF if kind in (STRUCT, UNION) else 0):
            name, inner, bits = MEMBER.unpack_from(self.data, self.places[number] + TYPE.size + index * MEMBER.size)
            if has_bitfields and bits >> 24:
                continue  # such a member is no whole bytes
            rest = path[1:] if self._text(name) == path[0] else None if name and self._text(name) else path
            within = None if rest is None else self._offset(inner, rest)
            if within is not None:
                return (bits & 0xFFFFFF if has_bitfields else bits) // 8 + within
        return None

    def _text(self, name):
        begin = self.strings + name
        return self.data[begin : self.data.index(b"\0", begin)].decode()


def program(types, own_network):
    """Return the program's instructions. OWN_NETWORK: the number of the machine's network namespace."""
    sock, skb, net = (types.find(STRUCT, name) for name in ("sock", "sk_buff", "net"))
    return assembled(
        ("load", 8, SKB, ONE, 8),
        ("load", 8, ONE, ONE, 0),
        ("load", 2, TWO, ONE, types.offset(sock, "sk_protocol")),
        ("jump", "not equal", TWO, 0, "allow"),
        ("load", 8, TWO, ONE, types.offset(sock, "__sk_common", "skc_net", "net")),
        ("load", 4, TWO, TWO, types.offset(net, "ns", "inum")),
        ("jump", "equal in 32 bits", TWO, own_network, "allow"),
        ("load", 8, DATA, SKB, types.offset(skb, "data")),
        ("load", 4, LEFT, SKB, types.offset(skb, "len")),
        ("value", "set", COUNT, 0),
        "next message",  # as the kernel goes through them (netlink_rcv_skb): it stops where a length cannot be
        ("jump", "less, signed", LEFT, 16, "allow"),
        ("register", "copy", ONE, STACK),
        ("value", "add", ONE, -8),
        ("value", "set", TWO, 8),
        ("register", "copy", THREE, DATA),
        ("call", READ_KERNEL),
        ("load", 4, ONE, STACK, -8),
        ("jump", "less", ONE, 16, "allow"),
        ("load", 2, TWO, STACK, -4),
        ("jump", "equal", TWO, NEW_TUNNEL, "refuse"),
        ("value", "add", ONE, 3),
        ("value", "and", ONE, -4),
        ("register", "add register", DATA, ONE),
        ("register", "subtract register", LEFT, ONE),
        ("value", "add", COUNT, 1),
        ("jump", "less", COUNT, MESSAGES, "next message"),
        "refuse",
        ("value", "set", RESULT, REFUSE),
        ("exit",),
        "allow",
        ("value", "set", RESULT, ALLOW),
        ("exit",),
    )


def assembled(*lines):
    """Return the machine code of lines. A text alone is a place to jump to."""
    places, lined = {}, []
    for line in lines:
        if isinstance(line, str):
            places[line] = len(lined)
        else:
            lined.append(line)
    return b"".join(_instruction(line, number, places) for number, line in enumerate(lined))


def _instruction(line, number, places):
    what, rest = line[0], line[1:]
    if what == "load":
        size, into, start, offset = rest
        return _encoded(LOAD[size], into, start, offset)
    if what == "jump":
        when, register, value, place = rest
        return _encoded(JUMPS[when], register, offset=places[place] - number - 1, value=value)
    if what == "value":
        return _encoded(VALUES[rest[0]], rest[1], value=rest[2])
    if what == "register":
        return _encoded(REGISTERS[rest[0]], rest[1], rest[2])
    return _encoded(0x85, value=rest[0]) if what == "call" else _encoded(0x95)


def _encoded(code, into=0, start=0, offset=0, value=0):
    return struct.pack("=BBhI", code, into | start << 4, offset, value & 0xFFFFFFFF)


def load(code, hook):
    """Load the program at the hook with this number, and pin it. Raises OSError."""
    instructions, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    head = struct.pack("=IIQQ", TRACING, len(code) // 8, ctypes.addressof(instructions), ctypes.addressof(licence))
    head += struct.pack("=IIQII16sI", 0, 0, 0, 0, 0, b"vaka_vni", 0)
    loaded = _bpf(PROGRAM_LOAD, head + struct.pack("=IIIQIIQIII", MODIFY_RETURN, 0, 0, 0, 0, 0, 0, 0, hook, 0))
    link = _bpf(OPEN_RAW_TRACEPOINT, struct.pack("=QI4x", 0, loaded))
    if not os.path.ismount(PIN.parent):
        subprocess.run(["mount", "-t", "bpf", "bpf", str(PIN.parent)], check=False, timeout=60)
    if PIN.exists():
        PIN.unlink()
    path = ctypes.create_string_buffer(os.fsencode(PIN))
    _bpf(PIN_OBJECT, struct.pack("=QII", ctypes.addressof(path), link, 0))


def _bpf(command, attributes):
    number = SYSCALLS.get(os.uname().machine)
    if number is None:
        raise Unsuitable(f"the processor {os.uname().machine} is not known here")
    libc = ctypes.CDLL(None, use_errno=True)
    told = ctypes.create_string_buffer(attributes, len(attributes))
    done = libc.syscall(number, command, told, len(attributes))
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def version():
    """Return what tells this version of the program from others."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def state():
    """Return what the last run here has left since the machine's start: REFUSED, or why not. None: nothing of this version."""
    told = MARK.read_text() if MARK.exists() else ""
    made, _, said = told.strip().partition(" ")
    return said if made == version() else None


def main():
    """Load the program, and print and keep how that went."""
    try:
        types = Types(BTF.read_bytes())
        load(program(types, os.stat("/proc/self/ns/net").st_ino), types.find(FUNCTION, "security_netlink_send"))
        said = REFUSED
    except OSError as reason:
        said = f"{NOT_REFUSED}: {reason.strerror}"
    except Unsuitable as reason:
        said = f"{NOT_REFUSED}: {reason}"
    MARK.parent.mkdir(exist_ok=True)
    MARK.write_text(f"{version()} {said}\n")
    print(said)


if __name__ == "__main__":
    sys.exit(main())
