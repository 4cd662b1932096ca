"""``manage.py demo``: does the main job of a learner against the running site, and measures it."""

import json
import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.engine.errors import EngineError
from vaka import operator_commands
from vaka.ops import demo_people, programs
from vaka.ops.site_client import Unexpected


class Command(BaseCommand):
    help = "Do the main job as a client does, against the running site. The last line is JSON with the measurements."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--result", type=Path, help="write the JSON into this file instead")

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops.demo import Demo

        logging.getLogger("httpx").setLevel(logging.WARNING)  # one line for each request would hide the steps
        state = Path(settings.STATE_DIR)
        # Behind a web server the site answers http by leading to https, so the client comes as everybody does
        site = settings.PUBLIC_URL if settings.BEHIND_PROXY else programs.address()
        try:
            with demo_people.visitor(state) as who:
                found = json.dumps(Demo(site, state, who, self.stdout.write).run())
        except (Unexpected, EngineError) as reason:
            raise CommandError(f"The demo stopped: {reason}") from None
        except (httpx.HTTPError, OSError) as error:
            raise CommandError(
                f"The demo stopped: the site at {site} does not answer ({error}). Start it first: {operator_commands.start()}"
            ) from None
        if options["result"]:
            options["result"].write_text(found + "\n")
        else:
            self.stdout.write(found)
