"""The schema of lab.yaml for editors: stored as it is made, true of our labs, and with a description for each key."""

import json
from pathlib import Path

import jsonschema

from labs.engine.authoring import schema
from labs.typed_yaml import yaml_file
from tests.labs.engine.authoring.test_parse import CATALOG, SPOILT


def test_the_stored_schema_is_up_to_date():
    stored = Path(schema.__file__).with_name("lab.schema.json")
    assert json.loads(stored.read_text()) == schema.schema(), (
        "python -m labs.engine.authoring.schema > labs/engine/authoring/lab.schema.json"
    )


def test_the_schema_accepts_good_labs_and_refuses_bad_ones(lab_folder):
    validator = jsonschema.Draft202012Validator(schema.schema())
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    folders = [lab_folder, *(path.parent for path in CATALOG.glob("*/lab.yaml"))]
    for folder in folders:
        validator.validate(json.loads(json.dumps(yaml_file.read_yaml(folder / "lab.yaml").value)))
    for case in ("unknown key", "missing key deep", "unknown check type", "unknown expect key", "points 0"):
        copy = (lab_folder / "lab.yaml").read_text()
        SPOILT[case](lab_folder)
        assert not validator.is_valid(yaml_file.read_yaml(lab_folder / "lab.yaml").value), case
        (lab_folder / "lab.yaml").write_text(copy)


def test_the_schema_describes_each_key():
    lacking, kinds = [], []

    def walk(made, path):
        for key, item in made.get("properties", {}).items():
            lacking.extend([".".join([*path, key])] if not item.get("description") else [])
        for key, item in made.items():
            for at, part in enumerate(item) if isinstance(item, list) else [(key, item)]:
                if isinstance(part, dict):
                    walk(part, [*path, str(at)])

    made = schema.schema()
    check = made["properties"]["stages"]["items"]["properties"]["checks"]["items"]
    for kind in check["allOf"]:
        kinds.append(kind["if"]["properties"]["type"]["const"])
        walk(kind["then"]["properties"]["expect"], [kinds[-1]])
        assert kind["then"]["properties"]["expect"]["description"], kinds[-1]
    del check["allOf"]
    walk(made, ["lab"])
    assert lacking == []
    assert kinds == check["properties"]["type"]["enum"]
    assert all(check["properties"]["type"]["enumDescriptions"])
