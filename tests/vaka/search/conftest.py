from tests.courses.conftest import waves  # noqa: F401
