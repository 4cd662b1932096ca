"""A pytest plugin: what fails is printed at once, with its traceback; a run that is ended from outside has told it too."""

import pytest

LAST_LINES = 60
OF_A_SITE = "log of the site at port"  # the name of a report's section begins so, see tests/live/conftest.py


class Teller:
    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear the end of a test's phase, also from the processes of xdist."""
        if report.failed:
            self._reporter.write_line(f"\nFAILED {report.nodeid} ({report.when})")
            for line in report.longreprtext.splitlines()[-LAST_LINES:]:
                self._reporter.write_line(line)
            for name, text in report.sections:
                if name.startswith(OF_A_SITE):
                    self._reporter.write_line(f"-- {name}\n{text}")
            self._reporter.flush()


@pytest.hookimpl(trylast=True)  # after the plugin that makes the reporter
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(reporter))
