"""Packs the learner's configurations and changed files into a zip file for download."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from labs.engine.runtime.changes import NodeState, safe_text

UNSAFE = re.compile(r"[^A-Za-z0-9._@+,=-]")


def archive(folder: str, states: Mapping[str, NodeState]) -> bytes:
    """Return a zip of all nodes: NODE/running-config, NODE/network and NODE/files/PATH.

    Names are made safe; a duplicate name gets a number.
    """
    buffer, used, times = io.BytesIO(), set[str](), Counter[str]()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:

        def put(name: str, content: bytes) -> None:
            unique = name
            while unique.lower() in used:
                times[name] += 1
                unique = f"{name}.{times[name] + 1}"
            used.add(unique.lower())
            zipped.writestr(zipfile.ZipInfo(f"{folder}/{unique}"), content, zipfile.ZIP_DEFLATED)

        for node, state in states.items():
            if state.running:
                put(f"{node}/running-config", safe_text(state.running).encode())
            if state.network:
                put(f"{node}/network", safe_text(state.network).encode())
            for path, file in sorted(state.files.items()):
                if file.content is not None:
                    put(f"{node}/files/{safe_path(path)}", file.content)
    return buffer.getvalue()


def safe_path(path: str) -> str:
    """Return a relative path of plain characters, without . and .. and without a dot at the end of a part."""
    parts = [
        UNSAFE.sub("_", part)[:80].rstrip(".") for part in PurePosixPath(path).parts if part not in ("/", "..", ".")
    ]
    return "/".join(part if part.strip("_") else "_" for part in parts) or "_"
