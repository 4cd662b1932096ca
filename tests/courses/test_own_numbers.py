"""A lesson shows its reader the numbers that they have in the lab; everybody else sees the author's, and is told so."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.loader import clear_cache, load
from courses.output_file import Recorded, file_of, write_outputs
from labs.models import LabSession
from labs.registry import seeds
from labs.registry.versions import newest
from labs.typed_yaml.authoring_errors import AuthoringErrors
from tests.builders import signed_in
from tests.courses.test_loader import LESSON

PAGE = "/courses/waves/swell/"
LAB = "first-ebgp"
SEED = 7
EXAMPLE = "Example values: each learner has addresses"
TEXT = """
Announce <<own>> from AS <<me>>. The host is `<<own:1::10>>`, and [ping <<first-ebgp own:1::10>>]{command} asks it.

| prefix | AS |
|---|---|
| <<own>> | <<me>> |

::: hint Why <<own>>?
It is <<own>>.
:::

::: worked Up
```output first-ebgp after sessions
r1# show bgp ipv6 unicast summary
```
:::
"""
SCREEN = """\
r1# show bgp ipv6 unicast summary
BGP router identifier 192.0.2.1, local AS number 64500 VRF default
Neighbor        V         AS   MsgRcvd
3fff:496:0:1::1 4      64496         4
<b>3fff:9:9::1</b>"""


@pytest.fixture
def lesson(waves):
    """A lesson that speaks of a lab."""
    file = waves / "010-swell.md"
    (waves / "010-swell.quiz.yaml").unlink()
    file.write_text(LESSON.replace("minutes: 5", f"minutes: 5\nlab: {LAB}") + TEXT)
    [block] = load(waves.parent)["waves"].lesson("swell").outputs
    write_outputs(file_of(file), [(block.key, Recorded("0" * 12, SCREEN))])
    clear_cache()
    return file


@pytest.fixture
def started(ada):
    """Ada has a session of the lab, and so numbers of her own."""
    lab = newest(LAB)
    return LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version, seed=SEED)


def page(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visitor_sees_the_authors_numbers_and_is_told_so(client, db, lesson):
    text = page(client)
    assert "Announce 3fff:500::/32 from AS 64500." in text
    assert EXAMPLE in text
    assert "Example values.</p>" in text  # below the screen
    assert "\ue002" not in text
    assert "&lt;&lt;" not in text


def test_a_learner_without_a_session_sees_the_authors_numbers(ada_client, lesson):
    assert "3fff:500::/32" in page(ada_client)
    assert EXAMPLE in page(ada_client)


def test_a_learner_sees_their_own_numbers_everywhere(ada_client, started, lesson):
    own = newest(LAB, SEED).parameters
    text = page(ada_client)
    host = f"{own['own'].network_address + (1 << 80) + 16}"
    assert f"Announce {own['own']} from AS {own['me']}." in text
    assert f"<code>{host}</code>" in text
    assert f"<kbd>ping {host}</kbd>" in text
    assert f"<td>{own['own']}</td>" in text
    assert f"Why {own['own']}?" in text
    assert f"local AS number {own['me']} VRF" in text
    assert f"BGP router identifier {own['my_id']}," in text
    assert "with your addresses, names and numbers. Other values are as recorded, and can differ in your lab." in text
    assert EXAMPLE not in text
    for author in ("3fff:500:", "64500", "3fff:496:"):
        assert author not in text


def test_the_page_that_a_browser_keeps_has_their_numbers_too(ada_client, started, lesson):
    kept = ada_client.get("/kept/courses/waves/swell/").content.decode()
    assert f"Announce {newest(LAB, SEED).parameters['own']}" in kept
    assert "the addresses, names and numbers that you have in the lab" in kept


def test_the_page_that_a_browser_keeps_says_that_its_numbers_are_an_example(ada_client, lesson):
    assert EXAMPLE in ada_client.get("/kept/courses/waves/swell/").content.decode()


def test_a_figure_shows_their_own_numbers(ada_client, started, lesson):
    (lesson.parent / "wave.svg").write_text(
        "<svg><title>AS &lt;&lt;me&gt;&gt;</title><text>&lt;&lt;own:1::10&gt;&gt;, 1 &lt; 2</text></svg>"
    )
    lesson.write_text(lesson.read_text() + "\n::: figure wave.svg\nA wave.\n:::\n")
    clear_cache()
    own = newest(LAB, SEED).parameters
    host = f"{own['own'].network_address + (1 << 80) + 16}"
    expected = f"<svg><title>AS {own['me']}</title><text>{host}, 1 &lt; 2</text></svg>"
    assert expected in page(ada_client)
    assert expected in ada_client.get(f"{PAGE}slides/").content.decode()


def test_another_learner_does_not_see_them(linus, started, lesson):
    assert f"Announce {newest(LAB, SEED).parameters['own']}" not in page(signed_in(linus))


def test_what_a_lab_printed_is_shown_as_text(client, db, lesson):
    assert "&lt;b&gt;3fff:9:9::1&lt;/b&gt;" in page(client)
    assert "<b>r1# </b>show bgp" in page(client)


def test_the_last_seed_of_several_is_shown_as_in_the_lab(ada, started):
    later = LabSession.objects.create(learner=ada, lab=LAB, lab_version="older", seed=SEED + 1, state="stopped")
    assert later.created_at > started.created_at
    assert seeds.kept_for(ada, [LAB, "rov-hijacker"]) == {LAB: SEED + 1}
    assert seeds.kept(ada, newest(LAB)) == SEED + 1


def test_own_numbers_cost_one_query_for_any_number_of_places_and_labs(ada_client, started, lesson):
    def queries(text: str) -> int:
        lesson.write_text(LESSON + text)
        clear_cache()
        with CaptureQueriesContext(connection) as captured:
            page(ada_client)
        return len(captured)

    page(ada_client)
    without = queries("")
    assert queries("<<first-ebgp own>>") == without + 1
    assert queries("<<first-ebgp own>> <<rov-hijacker me>> <<ospfv3-one-area site>>\n" * 20) == without + 1


def test_a_lab_that_the_site_does_not_have_leaves_the_page_readable(client, db, lesson, settings, tmp_path):
    (tmp_path / "no-labs").mkdir()
    settings.LAB_CATALOG = tmp_path / "no-labs"
    text = page(client)
    assert "local AS number 64500" in text
    assert "Recorded in a running network." in text
    assert EXAMPLE not in text


def test_a_quiz_cannot_show_the_numbers_of_a_learner(waves):
    quiz = waves / "010-swell.quiz.yaml"
    quiz.write_text(quiz.read_text().replace("ask: Who sends", "ask: Who has <<first-ebgp own>> and sends", 1))
    with pytest.raises(
        AuthoringErrors, match=r"quiz\.yaml:5: <<first-ebgp own>>: A quiz has the same answers for everybody"
    ):
        load(waves.parent)
