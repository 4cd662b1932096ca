from django.db import migrations, models


def rename_kind(apps, schema_editor):
    apps.get_model("workshops", "AgendaItem").objects.filter(kind="session").update(kind="practice")


def rename_kind_back(apps, schema_editor):
    apps.get_model("workshops", "AgendaItem").objects.filter(kind="practice").update(kind="session")


class Migration(migrations.Migration):
    """An agenda item of the kind "session" is now a "practice". All rows are kept."""

    dependencies = [("workshops", "0018_presented_slide")]

    operations = [
        migrations.AlterField(
            model_name="agendaitem",
            name="kind",
            field=models.CharField(
                choices=[("practice", "Practice"), ("talk", "Talk"), ("break", "Break"), ("exam", "Exam")],
                default="practice",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.RunPython(rename_kind, rename_kind_back),
    ]
