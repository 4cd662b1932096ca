from django.db import migrations, models


def rename_kind(old, new):
    def rename(apps, _editor):
        for name in ("Job", "Attempt"):
            apps.get_model("labs", name).objects.filter(kind=old).update(kind=new)

    return rename


class Migration(migrations.Migration):
    """A check without a grade was of kind "look". Rows stay as they are otherwise; only choices of the fields change."""

    dependencies = [("labs", "0033_check_without_a_grade")]

    operations = [
        migrations.RunPython(rename_kind("look", "ungraded"), rename_kind("ungraded", "look")),
        migrations.AlterField(
            "job",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("attempt", "Checking your work"),
                    ("ungraded", "Checking without a grade"),
                    ("reset", "Resetting"),
                    ("skip", "Skipping to a stage"),
                    ("save", "Saving your work"),
                    ("ticket", "Preparing your trouble ticket"),
                    ("handover", "Preparing the nodes of a seat"),
                    ("goback", "Going back to saved work"),
                ],
            ),
        ),
        migrations.AlterField(
            "attempt",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("attempt", "Attempt"),
                    ("ungraded", "Check without a grade"),
                    ("ticket", "Trouble ticket"),
                    ("exam", "Exam"),
                ],
            ),
        ),
    ]
