"""The preview shows authors what they saved, and their errors with file and line."""

import threading
import time

from django.test import override_settings

from courses import preview_middleware

ABOVE = ["courses.preview_middleware.preview"]


def test_an_error_is_shown_as_a_page_until_the_author_corrects_it(waves, client, db, settings, monkeypatch):
    stop = threading.Event()
    real = preview_middleware.reload_when_saved
    monkeypatch.setattr(preview_middleware, "reload_when_saved", lambda content: real(content, stop))
    lesson = waves / "010-swell.md"
    good = lesson.read_text()
    wrong = good.replace("minutes: 5", "minutes: soon")
    with override_settings(MIDDLEWARE=[*ABOVE, *settings.MIDDLEWARE]):
        try:
            assert "horizon" in client.get("/courses/waves/swell/").content.decode()
            # The file watcher starts in a thread: what is written before it watches, it does not see
            page = until(lambda: lesson.write_text(wrong) and client.get("/courses/waves/swell/"), 500)
            assert "010-swell.md:5" in page
            lesson.write_text(good.replace("horizon", "skyline"))
            assert "skyline" in until(lambda: client.get("/courses/waves/swell/"), 200)
        finally:
            stop.set()


def until(get, status: int) -> str:
    for _ in range(100):
        answer = get()
        if answer.status_code == status:
            return answer.content.decode()
        time.sleep(0.05)
    raise AssertionError(f"The status is still {answer.status_code}.")
