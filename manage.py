#!/usr/bin/env python3
"""The commands of a site, in a clone. An installed package has them as ``vaka``."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))
    from vaka.__main__ import main

    main()
