"""Takes the test database to an older state of an app, and back."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate(target):
    """Migrate to TARGET, a list of (app, migration). Return the models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


def migrate_to_today():
    """Migrate all apps to their last migration."""
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
