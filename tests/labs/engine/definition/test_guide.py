"""guide.md is split into sections."""

from labs.engine.definition.guide import mistakes, split

TEXT = """\
Welcome.

## First {#one}

Do this:

```
## not a heading
```

## Aside

More.

## Second thing {#two}

Do that.
"""


def test_sections_are_found_by_their_stage_and_code_is_no_heading():
    guide = split(TEXT, ["one", "two"])
    assert guide.intro == "Welcome.\n"
    assert [(s.stage, s.title, s.line) for s in guide.sections] == [
        ("one", "First", 3),
        ("", "Aside", 11),
        ("two", "Second thing", 15),
    ]
    assert "## not a heading" in guide.section("one").body
    assert guide.section("three") is None


def test_without_stage_ids_the_sections_belong_to_the_stages_in_order():
    guide = split("## A\n\na\n\n## B\n\nb\n", ["one", "two"])
    assert [(s.stage, s.body) for s in guide.sections] == [("one", "a\n"), ("two", "b\n")]


def test_a_guide_without_sections_is_a_mistake():
    assert mistakes("Only words.\n", ["one"]) == [
        (1, 'The stage "one" has no section. Add "## A title {#one}" and its text.')
    ]
