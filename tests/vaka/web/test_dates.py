"""Dates and times look the same on every page."""

import re
from pathlib import Path

CLONE = Path(__file__).parents[3]
FORMATS = {"j F Y", "j F Y, H:i", "j F Y, H:i:s", "H:i", "H:i:s", "c"}
OF_WORKSHOPS = {
    "j F",
    "j F, H:i",
    "D j",
    "D j F",
    "D H:i",
    "l, j F Y",
    "l, j F, H:i",
}  # whose pages are about the days of one week


def test_python_writes_dates_for_people_in_the_same_way():
    calls = [
        (module, call)
        for folder in ("platform", "labs", "courses")
        for module in (CLONE / folder).rglob("*.py")
        for call in re.findall(r"\b(?:date_format|time_format)\(.*", module.read_text())
    ]
    assert calls
    ours = re.compile("|".join(rf"[\"']{one}[\"']\)" for one in FORMATS))
    assert [(str(module), call) for module, call in calls if not ours.search(call)] == []


def test_templates_write_dates_and_times_in_one_way():
    strange = []
    for folder in ("platform", "labs", "courses"):
        for template in (CLONE / folder).rglob("templates/**/*.html"):
            known = FORMATS | (OF_WORKSHOPS if "workshops" in template.parts else set())
            found = re.findall(r"\|(?:date|time):[\"']([^\"']+)[\"']", template.read_text())
            strange += [f"{template.relative_to(CLONE)}: {one}" for one in found if one not in known]
    assert strange == []
