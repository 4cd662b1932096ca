"""The time limits of tasks."""

import pytest

from labs.lifecycle import tasks


@pytest.mark.parametrize(
    "task", [tasks.start_session, tasks.stop_session, tasks.check_lab, tasks.reset_lab, tasks.reconcile, tasks.expire]
)
def test_a_task_is_told_to_end_before_it_is_killed(task):
    assert 0 < task.soft_time_limit < task.time_limit
