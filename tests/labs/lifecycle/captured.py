"""A capture that has ended, with its files."""

from labs.lifecycle import captures
from labs.models import Capture


def captured(session, taker):
    taken = Capture.objects.create(session=session, taker=taker, interface="r1:eth0", number=1, seconds=9)
    for file in (captures.pcap(taken), captures.text(taken)):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"packets")
    taken.end("time")
    return taken
