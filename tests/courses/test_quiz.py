"""Quiz answers: when one is right, how tries are stored, and that the source of the page reveals no answer."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils.safestring import SafeString

from courses import services
from courses.loader import library
from courses.models import LessonDone, QuizAnswer
from courses.pages import quiz as quiz_page
from courses.quiz import Command, Number, Unreadable
from tests.builders import make_person, signed_in

LESSON = "/courses/waves/swell/"
RIGHT = {
    "who": ["A router"],
    "which": ["fe80::1", "febf::1"],
    "bits": ["64"],
    "host": ["2001:DB8:0:0::1"],
    "site": ["2001:db8:0001::/48"],
    "steps": ["ask", "offer", "use"],
    "pairs": [["RS", "asks"], ["RA", "tells"]],
    "type": ["ip  -6   route"],
}
WRONG = {
    "who": ["A `switch`"],
    "which": ["fe80::1"],
    "bits": ["48"],
    "host": ["2001:db8::2"],
    "site": ["2001:db8:1::/64"],
    "steps": ["offer", "ask", "use"],
    "pairs": [["RS", "tells"], ["RA", "tells"]],
    "type": ["IP -6 route"],
}

# "who" has one wrong option: the other one is right
WRONG_TOO = {
    "which": ["febf::1"],
    "bits": ["49"],
    "host": ["2001:db8::3"],
    "site": ["2001:db8:1::/65"],
    "steps": ["use", "ask", "offer"],
    "pairs": [["RS", "asks"], ["RA", "asks"]],
    "type": ["IP -6 address"],
}


@pytest.fixture
def quiz(waves, settings):
    return library(settings.COURSE_CONTENT).courses["waves"].lesson("swell").quiz


def form(quiz, person, question: str, given) -> dict[str, object]:
    """Return what a browser sends when the person gives this answer."""
    [shown] = [one for one in quiz_page.questions_for(str(person.pk), quiz, ()) if one.question.id == question]
    match shown.form:
        case "choice":
            return {"pick": [pick.token for pick in shown.picks if pick.text in given]}
        case "lines" if question == "steps":
            return {line.name: str(given.index(line.text) + 1) for line in shown.lines}
        case "lines":
            chosen = dict(given)
            return {
                line.name: pick.token for line in shown.lines for pick in line.picks if pick.text == chosen[line.text]
            }
        case _:
            return {"written": given[0]}


def part(page: str, question: str) -> str:
    return page.split(f'id="q-{question}"')[1].split("</form>")[0]


@pytest.fixture
def answer(quiz, ada, ada_client):
    def send(question: str, given) -> str:
        answered = ada_client.post(f"{LESSON}quiz/{question}", form(quiz, ada, question, given))
        assert answered["location"] == f"{LESSON}#q-{question}"
        return part(ada_client.get(LESSON).content.decode(), question)

    return send


@pytest.mark.parametrize("question", RIGHT)
def test_a_right_answer_is_explained_and_stored(answer, ada, question):
    shown = answer(question, RIGHT[question])
    assert "Right" in shown
    assert "Try again" not in shown
    [kept] = QuizAnswer.objects.of(ada)
    assert (kept.quiz, kept.question, kept.right, kept.shown) == ("swell-quiz", question, True, False)


@pytest.mark.parametrize("question", WRONG)
def test_a_wrong_answer_gets_the_hint_and_another_try(answer, quiz, question):
    shown = answer(question, WRONG[question])
    assert "Not right yet" in shown
    assert "Wrong" not in shown
    assert quiz.question(question).wrong in shown
    assert quiz.question(question).right not in shown
    assert "Try again" in shown
    assert "Show the answer" not in shown


@pytest.mark.parametrize("question", WRONG_TOO)
def test_after_three_tries_ada_may_see_the_answer(answer, ada_client, ada, question):
    ada_client.post(f"{LESSON}quiz/{question}", {"show": "yes"})
    assert not QuizAnswer.objects.exists(), "too early"
    for given in (WRONG, WRONG_TOO, WRONG):
        shown = answer(question, given[question])
    assert "Show the answer" in shown
    ada_client.post(f"{LESSON}quiz/{question}", {"show": "yes"})
    shown = part(ada_client.get(LESSON).content.decode(), question)
    assert "Shown" in shown
    assert "The answer:" in shown
    answer(question, RIGHT[question])
    assert [(one.right, one.shown) for one in QuizAnswer.objects.of(ada)] == [(False, False)] * 3 + [(False, True)]


def test_beyond_a_number_of_tries_at_a_question_only_a_right_one_is_stored(answer, ada, monkeypatch):
    monkeypatch.setattr(services, "MOST_TRIES", 2)
    for given in ("48", "49", "50", "51"):
        answer("bits", [given])
    assert QuizAnswer.objects.of(ada).count() == 2
    answer("bits", RIGHT["bits"])
    assert [one.right for one in QuizAnswer.objects.of(ada)] == [False, False, True]


def test_the_same_answer_again_is_the_same_try(answer, ada):
    """By a double click, or by “Try again” with nothing changed."""
    for given in ("48", "48", "49", "48"):
        shown = answer("bits", [given])
    assert [one.given for one in QuizAnswer.objects.of(ada).order_by("pk")] == [["48"], ["49"], ["48"]]
    assert "3 tries" in shown


def test_an_answer_that_cannot_be_read_does_not_count_as_a_try(waves, ada_client):
    for question, given, message in [
        ("who", {}, "Choose an answer first."),
        ("which", {"pick": "made-up"}, "Choose an answer first."),
        ("bits", {"written": "many"}, "This is not a number."),
        ("host", {"written": "2001:db8::1/64"}, "without its prefix length"),
        ("host", {"written": "2001:db8::g"}, "This is not an IP address."),
        ("site", {"written": "2001:db8:1::"}, "The prefix length is missing."),
        ("site", {"written": "2001:db8:1::1/48"}, "bits after its length are set"),
        ("site", {"written": "2001:db8:1::/480"}, "This is not a prefix. Check"),
        ("type", {"written": "  "}, "Write an answer first."),
        ("type", {"written": "x" * 5000}, "Write at most 300 characters."),
        ("steps", {}, "Give each line a different number."),
        ("pairs", {}, "Choose an answer for each line."),
    ]:
        response = ada_client.post(f"{LESSON}quiz/{question}", given)
        assert response.status_code == 422
        assert message in part(response.content.decode(), question)
    assert not QuizAnswer.objects.exists()


@pytest.mark.parametrize("given", ["٣٢", "1e999999999", "nan", "-" * 300, "<script>", "9" * 300])
@pytest.mark.parametrize("question", ["bits", "host", "site"])
def test_a_hostile_answer_is_not_accepted(waves, ada_client, question, given):
    assert ada_client.post(f"{LESSON}quiz/{question}", {"written": given}).status_code == 422
    assert not QuizAnswer.objects.exists()


def test_a_number_may_differ_by_its_tolerance():
    texts = dict.fromkeys(("ask", "right", "wrong"), SafeString())
    number = Number(id="n", kind="number", answer=Decimal("1.5"), tolerance=Decimal("0.1"), unit="ms", **texts)
    assert [number.is_right(number.read([given])) for given in ("1.4", "1,6 ms", "1.61", "+1.50")] == [1, 1, 0, 1]
    with pytest.raises(Unreadable):
        number.read(["one"])


def test_the_source_of_the_page_reveals_no_answer(waves, quiz, ada_client):
    page = unescape(ada_client.get(LESSON).content.decode())
    source = page[page.index('id="quiz"') : page.index("</section>", page.index('id="quiz"'))]
    source = re.sub(r'value="(\w{64}|[0-9a-f]{16})"', "", source)  # a token may contain "64" by chance
    for question in quiz.questions:
        shown = part(source, question.id)
        assert question.right not in shown.replace(question.ask, "")
        assert question.wrong not in shown.replace(question.ask, "")
    for answer in ("64", "2001:db8::1<", '"2001:db8::1"', "2001:db8:1::", "ip -6 route", "It says who it is"):
        assert answer not in "".join(part(source, name) for name in ("bits", "host", "site", "type", "who"))


def test_options_differ_only_in_their_token(waves, ada_client):
    page = ada_client.get(LESSON).content.decode()
    for question, count in (("who", 2), ("which", 3)):
        inputs = re.findall(r"<label class=\"opt\">(<input[^>]*>)", part(page, question))
        tokens = [re.search(r'value="([0-9a-f]{16})"', one)[1] for one in inputs]
        assert len(set(tokens)) == count
        assert len({one.replace(token, "") for one, token in zip(inputs, tokens, strict=True)}) == 1


def test_the_order_of_options_differs_between_learners_and_stays_the_same_for_one_learner(waves, quiz):
    def order(learner: str, question: str) -> list[str]:
        [shown] = [one for one in quiz_page.questions_for(learner, quiz, ()) if one.question.id == question]
        return [pick.text for pick in shown.picks] or [line.text for line in shown.lines]

    for question in ("who", "which", "steps"):
        assert order("1", question) == order("1", question)
        assert len({tuple(order(str(learner), question)) for learner in range(40)}) > 1
    firsts = [order(str(learner), "who")[0] for learner in range(200)]
    assert 60 < firsts.count("A router") < 140, "the right option can be in any position"
    assert all(order(str(learner), "steps") != ["ask", "offer", "use"] for learner in range(40))
    rights = {
        tuple(pick.text for pick in one.lines[0].picks)
        for learner in range(40)
        for one in quiz_page.questions_for(str(learner), quiz, ())
        if one.question.id == "pairs"
    }
    assert len(rights) == 2


def test_a_token_of_another_learner_is_not_valid(quiz, ada_client, linus):
    answered = ada_client.post(f"{LESSON}quiz/who", form(quiz, linus, "who", RIGHT["who"]))
    assert answered.status_code == 422


def test_a_stored_try_cannot_be_changed(answer, ada):
    answer("bits", WRONG["bits"])
    kept = QuizAnswer.objects.get()
    kept.right = True
    with pytest.raises(TypeError):
        kept.save()


@pytest.mark.parametrize(("form", "place"), [("quiz/bits", "q-bits"), ("done", "done")])
def test_who_signs_in_before_an_answer_is_taken_comes_back_to_its_question(ada_client, form, place):
    page = ada_client.get(f"{LESSON}{form}", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Location"]) == (302, f"{LESSON}#{place}")


def test_a_lesson_is_done_when_it_is_marked_and_all_its_questions_are_answered(answer, ada_client, ada):
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    page = ada_client.get(LESSON).content.decode()
    assert "8 questions are not answered yet" in page
    assert "0 of 1 lessons done" in page
    for question in RIGHT:
        answer(question, RIGHT[question])
    assert "1 of 1 lessons done" in ada_client.get(LESSON).content.decode()
    assert (
        "You have done all lessons of this course and passed all its labs"
        in ada_client.get("/courses/waves/").content.decode()
    )


def test_a_visitor_sees_the_questions_and_is_asked_to_sign_in(waves, client, db):
    page = client.get(LESSON).content.decode()
    # Above them, and at each question, whose fields are grey
    assert page.count("Sign in to answer") == 1 + 8
    assert page.index("Sign in to answer") < page.index("Question 1 of"), "before somebody tries to answer"
    assert f"/accounts/login/?next={LESSON}%23quiz" in page
    fields = re.findall("<fieldset[^>]*>", page.split('id="quiz"')[1].split("</section>")[0])
    assert len(fields) == 8
    assert all(" disabled" in field for field in fields), "nobody fills in what cannot be sent"
    assert client.post(f"{LESSON}quiz/who")["location"].startswith("/accounts/login/")
    assert not QuizAnswer.objects.exists()


def test_an_unknown_question_is_not_found(waves, ada_client):
    assert ada_client.post(f"{LESSON}quiz/nothing").status_code == 404
    assert ada_client.get(f"{LESSON}quiz/who").status_code == 405


def test_a_form_on_another_site_cannot_answer(waves, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(f"{LESSON}quiz/bits", {"written": "64"}).status_code == 403


def test_renaming_files_and_folders_keeps_what_ada_did(answer, waves, ada_client, ada, settings):
    for question in RIGHT:
        answer(question, RIGHT[question])
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    (waves / "010-swell.md").rename(waves / "040-better.md")
    (waves / "010-swell.quiz.yaml").rename(waves / "040-better.quiz.yaml")
    text = (waves / "course.yaml").read_text()
    (waves / "course.yaml").write_text(text.replace("010-swell", "040-better"))
    moved = waves.rename(waves.with_name("oceans"))
    from courses.loader import clear_cache

    clear_cache()
    assert "1 of 1 lessons done" in ada_client.get(LESSON).content.decode()
    assert "Right" in part(ada_client.get(LESSON).content.decode(), "bits")
    assert LessonDone.objects.filter(learner=ada, course="waves", lesson="swell").exists()
    moved.rename(waves)


def test_a_lesson_with_a_quiz_needs_at_most_ten_queries(answer, ada_client, django_assert_max_num_queries):
    for question in WRONG:
        answer(question, WRONG[question])
    with django_assert_max_num_queries(10):
        ada_client.get(LESSON)


def test_linus_does_not_see_what_ada_answered(answer, db):
    answer("bits", RIGHT["bits"])
    linus = signed_in(make_person("linus"))
    assert "Right" not in part(linus.get(LESSON).content.decode(), "bits")


def test_to_mark_a_lesson_as_done_leads_to_the_first_question_that_is_open(waves, ada_client):
    assert ada_client.post(f"{LESSON}done", {"done": "yes"})["location"] == f"{LESSON}#q-who"
    assert ada_client.post(f"{LESSON}done", {"done": "no"})["location"] == f"{LESSON}#done"


def command(*accept: str) -> Command:
    html = SafeString("")
    return Command(id="c", kind="command", ask=html, right=html, wrong=html, accept=accept)


@pytest.mark.parametrize("typed", ["sh bgp ipv6 sum", "show bgp ipv6 summary", "sho  bgp ipv6 summ"])
def test_a_command_may_be_shortened_where_the_author_says_so(typed):
    assert command("sh[ow] bgp ipv6 sum[mary]").is_right([typed])


@pytest.mark.parametrize(
    "typed",
    [
        "s bgp ipv6 sum",
        "showx bgp ipv6 sum",
        "sh bgp ipv6",
        "sh bg ipv6 sum",
        "sh[ow] bgp ipv6 sum",
        "sh bgp ipv6 sumx",
    ],
)
def test_a_command_that_is_too_short_or_another_one_is_wrong(typed):
    assert not command("sh[ow] bgp ipv6 sum[mary]").is_right([typed])


def test_the_solution_of_a_command_has_its_words_in_full():
    assert command("sh[ow] bgp ipv6 sum[mary]", "sh[ow] bgp sum[mary]").solution == ["show bgp ipv6 summary"]
