"""The report: attendance, results by stage, and the hardest checks."""

import csv
import io
from datetime import timedelta
from html import unescape

from django.utils import timezone

from labs.models import Attempt, ClassSeat, LabSession
from tests.builders import signed_in
from tests.vaka.workshops.conftest import POLICY, ago, check_status, grades, has_labs, sits, works
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services.report import Report


def test_each_seat_has_its_best_attempt_by_stage_and_whether_it_met_the_rule(workshop, ana_passed, cai_failed):
    first, second = Report(workshop).rows
    assert [shape for shape, _word in first.labs[0].shapes] == ["pass", "pass"]
    assert [shape for shape, _word in second.labs[0].shapes] == ["assist", "unknown"]
    assert (first.score, first.out_of, first.percent, first.met) == (10, 10, 100, True)
    assert second.met is False
    assert first.days == {workshop.today}
    Workshop.objects.update(pass_percent=0)
    workshop.refresh_from_db()
    assert [row.met for row in Report(workshop).rows] == [True, False]  # a seat without points never meets the rule


def test_a_stage_after_the_one_in_which_the_trainee_was_is_not_begun_and_not_failed(workshop, item, lab):
    grades(works(sits(workshop, "Ana"), lab, failed=("on", POLICY)), 0, on="failed", still="failed", file="failed")
    assert [shape for shape, _word in Report(workshop).rows[0].labs[0].shapes] == ["fail", "none"]


def test_percentages_are_rounded_down_and_untried_labs_count(workshop, item, ana_passed, lab, other_lab):
    has_labs(workshop, lab.id, other_lab.id)
    row = Report(workshop).rows[0]
    assert (row.score, row.out_of, row.percent) == (10, 20, 50)
    Attempt._base_manager.update(score=9)
    assert Report(workshop).rows[0].percent == 45


def test_the_hardest_checks_say_how_many_seats_failed_and_why(workshop, ana_passed, cai_failed):
    hard = Report(workshop).hardest_checks
    assert [(one.title, one.seats, one.times) for one in hard] == [
        ("r1 forwards", 1, 2),
        ("r1 still forwards", 1, 1),
        ("h1 has the file", 1, 1),
    ]
    assert hard[0].causes == [(2, POLICY)]


def test_a_check_of_a_later_stage_is_not_hard_before_its_stage_begins(workshop, item, lab):
    session = works(sits(workshop, "Ana"), lab, failed=("on", POLICY))
    grades(session, 0, on="failed", still="failed", file="failed")
    grades(session, 4, on="passed", still="failed", file="failed")
    grades(session, 6, on="passed", still="passed", file="failed")
    before = [("r1 still forwards", 2), ("r1 forwards", 1)]
    assert [(one.title, one.times) for one in Report(workshop).hardest_checks] == before
    grades(session, 9, on="passed", still="passed", file="failed")
    assert [(one.title, one.times) for one in Report(workshop).hardest_checks] == [*before, ("h1 has the file", 1)]


def test_attempts_from_before_the_workshop_and_of_other_people_do_not_count(workshop, ana_passed, linus, lab):
    Attempt._base_manager.update(finished_at=workshop.begins - timedelta(days=1))
    assert Report(workshop).rows[0].score == 0
    Attempt._base_manager.update(finished_at=timezone.now(), learner=linus)
    assert Report(workshop).rows[0].score == 0


def test_attempts_from_before_a_person_joined_do_not_count_also_those_of_the_same_day(workshop, ana_passed):
    Seat.objects.update(joined_at=timezone.now() + timedelta(minutes=1))
    assert Report(workshop).rows[0].score == 0
    Seat.objects.update(joined_at=workshop.begins)
    assert Report(workshop).rows[0].score == 10


def test_the_report_has_the_results_and_its_csv_has_no_formula(workshop, ana_passed, cai_failed, clients):
    page = unescape(clients["helper"].get(f"/workshops/{workshop.pk}/report").content.decode())
    for text in ("Ana & Ben", "10 / 10, 100 %", "1 met the certificate rule", "Hardest checks", POLICY):
        assert text in page
    answer = clients["helper"].get(f"/workshops/{workshop.pk}/report.csv")
    head, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:4] == ["Seat", "Name", "Partner", workshop.today.isoformat()]
    assert first[-5:] == ["10", "10", "100", "yes", ""]
    assert second[1] == "'=HYPERLINK(1)"
    assert second[4:7] == ["0.0", "Assisted", "Unknown"]


def test_the_number_of_queries_does_not_grow_with_the_seats(
    workshop, item, lab, clients, django_assert_max_num_queries
):
    for name in ("Ana", "Ben", "Cai", "Dee", "Eve"):
        grades(works(sits(workshop, name), lab, ["on", "still"]), 6, on="passed", still="passed", file="failed")
    with django_assert_max_num_queries(32):
        clients["lead"].get(f"/workshops/{workshop.pk}/report")


def test_only_the_team_can_read_the_report(workshop, ana_passed, clients):
    mine = signed_in(ana_passed.user)
    for page in ("report", "report.csv"):
        found = {name: one.get(f"/workshops/{workshop.pk}/{page}").status_code for name, one in clients.items()}
        assert found == {"lead": 200, "helper": 200, "other": 404, "stranger": 404}
        assert mine.get(f"/workshops/{workshop.pk}/{page}").status_code == 404


def test_the_time_per_stage_is_that_of_the_checks_of_each_seat_of_a_class_lab(workshop, shared, seated, lab):
    LabSession.objects.filter(pk=shared.pk).update(ready_at=ago(minutes=60))
    ClassSeat.objects.update(since=ago(minutes=50), worked_at=ago(minutes=30))
    for check in ("on", "still"):
        check_status(shared, lab, check, "passed", since=ago(minutes=20), first_passed_at=ago(minutes=20))
    [(of_lab, stages)] = Report(workshop).minutes
    assert (of_lab.id, stages) == (lab.id, [(lab.stages[0].title, 30, 1)])
