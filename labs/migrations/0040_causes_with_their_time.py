from django.db import migrations, models


class Migration(migrations.Migration):
    """The row of a check says when its cause was found: it may have been mended since."""

    dependencies = [("labs", "0039_lines_of_shown_stages")]

    operations = [
        migrations.AddField(
            model_name="checkstatus",
            name="cause_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="checkstatus",
            name="is_cause_found",
            field=models.BooleanField(default=False),
        ),
    ]
