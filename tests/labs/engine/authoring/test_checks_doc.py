"""docs/checks.md is up to date, and its examples are valid checks."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from labs.engine.authoring import parse, schema
from labs.engine.authoring.checks_doc import doc
from labs.engine.checks import TYPES
from labs.engine.checks.not_proven import NOT_PROVEN
from labs.engine.definition.spec import Kind

DOC = Path(parse.__file__).parents[3] / "docs/checks.md"
CHECKS = re.findall(r"^```yaml\n(.*?)^```", DOC.read_text(), re.MULTILINE | re.DOTALL)
ON = {"h": Kind.HOST, "r": Kind.FRR, "b": Kind.BIRD}


@pytest.fixture(scope="module")
def validator():
    whole = schema.schema()
    return jsonschema.Draft202012Validator(whole["properties"]["stages"]["items"]["properties"]["checks"]["items"])


def test_the_page_is_up_to_date():
    assert DOC.read_text() == doc(), "Type: python -m labs.engine.authoring.checks_doc > docs/checks.md"


@pytest.mark.parametrize("block", CHECKS, ids=lambda block: block.split("type: ")[1].split()[0])
def test_an_example_is_a_valid_check(block, validator):
    [check] = yaml.safe_load(block.replace("on: [", "'on': ["))
    kind = TYPES[check["type"]]
    kind.parse(check["expect"])
    validator.validate(check)
    assert all(ON[node[0]] in kind.KINDS for node in check["on"])


def test_the_page_says_of_every_type_what_it_does_not_prove():
    assert set(NOT_PROVEN) == set(TYPES)
    assert DOC.read_text().count("**Not proven**: ") == len(TYPES)


def test_every_type_has_an_example():
    assert [block.split("type: ")[1].split()[0] for block in CHECKS] == list(TYPES)
