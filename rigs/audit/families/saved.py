"""Attacks through the save of a node: the supervisor reads all files of a learner, who may have made them anything."""

import time
import zlib

from labs.engine.errors import EngineError
from labs.engine.runtime.client import LARGEST_SAVE
from labs.engine.shared import pace
from rigs.audit.attack import Attack, AttackOutcome, Family, Judge, refused, through
from rigs.audit.scene import Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import LINKS_AS_LINKS

MOST = 64 << 20  # bytes that we unpack to look
LONGEST = 15.0  # seconds for a save


def _save(mark: str) -> Judge:
    """Save the lab; MARK must not be in it, and it must be over in time and small."""

    def judge(scene: Scene, said: str) -> AttackOutcome:
        if not said.startswith("REFUSED"):
            return through(f"it was not made ready: {said}")
        began = time.monotonic()
        try:
            saved = scene.client.save(seconds=pace.seconds(LONGEST + 5))
        except EngineError as error:
            scene.client.status()  # it must still answer
            return refused(f"it was not saved: {error}")
        seconds = time.monotonic() - began
        if seconds > within(LONGEST) or len(saved.packed) > LARGEST_SAVE:
            return through(f"a save of {len(saved.packed)} bytes took {seconds:.0f} s")
        if mark and mark.encode() in zlib.decompressobj().decompress(saved.packed, MOST):
            return through(f"a file of ours is in the save: {mark!r}")
        return refused(f"saved in {seconds:.1f} s, {len(saved.packed)} bytes, {len(saved.left_out)} names left out")

    return judge


FAMILY = Family(
    "saved work",
    (
        Attack(
            id="V1",
            title="have a file of the supervisor saved by a link to it",
            wall="links are saved as links; files are opened by openat2 and never through one",
            bash="ln -s /usr/lib/python3/dist-packages/labs/supervisor/server.py /srv/mine; echo REFUSED it is there",
            judge=_save("class Supervisor:"),
            control=LINKS_AS_LINKS,
        ),
        Attack(
            id="V2",
            title="a folder that becomes a link to the supervisor's while it is saved",
            wall="folders are walked by descriptors, O_NOFOLLOW and RESOLVE_IN_ROOT",
            bash="""
mkdir -p /srv/x; echo mine > /srv/x/server.py
(while mv -T /srv/x /srv/y && ln -s /usr/lib/python3/dist-packages/labs/supervisor /srv/x; do
   rm /srv/x; mv -T /srv/y /srv/x; done) >/dev/null 2>&1 &
echo REFUSED it turns
""",
            judge=_save("class Supervisor:"),
        ),
        Attack(
            id="V3",
            title="a sparse file of a terabyte, a pipe, folders 300 deep, all the files that fit",
            wall="bounds in bytes, names, depth and time; regular files only",
            bash="""
truncate -s 1T /srv/huge; mkfifo /srv/pipe; ln -s /dev/zero /srv/zero
mkdir -p "/srv/$(printf 'd/%.0s' $(seq 300))"
mkdir /srv/many; (cd /srv/many; seq 12000 | xargs touch)
head -c 8000000 /dev/urandom > /srv/noise
echo REFUSED it is there
""",
            judge=_save(""),
        ),
    ),
)
