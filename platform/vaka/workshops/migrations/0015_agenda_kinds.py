from django.db import migrations, models


class Migration(migrations.Migration):
    """An agenda item is a session, a talk, a break or an exam, and can name lessons."""

    dependencies = [
        ("workshops", "0014_the_room"),
    ]

    operations = [
        migrations.AddField(
            model_name="agendaitem",
            name="kind",
            field=models.CharField(
                choices=[("session", "Session"), ("talk", "Talk"), ("break", "Break"), ("exam", "Exam")],
                default="session",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="lessons",
            field=models.JSONField(blank=True, default=list, verbose_name="lessons"),
        ),
    ]
