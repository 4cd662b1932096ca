from django.conf import settings
from django.db import migrations, models


def add_lines(apps, _editor):
    """Add what was typed, as the newest version of the lab types it. It stays empty where the lab cannot be read any more."""
    rows = apps.get_model("labs", "ShownStage").objects.filter(lines="").order_by("lab", "seed")
    for row in rows.iterator():
        # Only where there are rows: a new site has none, and then nothing is read
        from labs.lifecycle.shown_stages import lines_of  # noqa: PLC0415
        from labs.registry import versions  # noqa: PLC0415

        try:
            lab = versions.newest(row.lab, row.seed)
        except versions.NoSuchLab:
            continue
        row.lines = lines_of(lab, row.stage, row.nodes)
        row.save(update_fields=["lines"])


class Migration(migrations.Migration):
    """A stage that was shown says what was typed: with a new seed it may be the same."""

    dependencies = [("labs", "0038_shown_stages"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name="shownstage",
            name="lines",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="shownstage", name="labs_one_row_per_shown_stage"),
        migrations.AddConstraint(
            model_name="shownstage",
            constraint=models.UniqueConstraint(
                fields=("learner", "lab", "seed", "nodes", "stage", "lines"), name="labs_one_row_per_shown_stage"
            ),
        ),
        migrations.RunPython(add_lines, migrations.RunPython.noop, elidable=True),
    ]
