from django.db import migrations, models


class Migration(migrations.Migration):
    """The slide that the team presents, which trainees can follow."""

    dependencies = [
        ("workshops", "0017_attendance_and_paper"),
    ]

    operations = [
        migrations.AddField(
            model_name="workshop", name="slides_path", field=models.CharField(blank=True, max_length=300)
        ),
        migrations.AddField(
            model_name="workshop", name="slides_number", field=models.PositiveSmallIntegerField(default=1)
        ),
        migrations.AddField(
            model_name="workshop", name="slides_at", field=models.DateTimeField(blank=True, null=True)
        ),
    ]
