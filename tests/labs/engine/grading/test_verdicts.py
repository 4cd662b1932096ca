"""The verdict on one check."""

import json

from labs.engine.grading.verdicts import bounded


def test_evidence_fits_the_database():
    assert bounded({"a": "x\x00y", "b": {1: [object]}})["a"] == "xy"
    deep = current = {}
    for _level in range(1000):
        current["a"] = {}
        current = current["a"]
    assert json.dumps(bounded(deep))
    assert bounded({"a": ["x" * 1900] * 100})["cut"] is True
