from django.db import migrations, models


def rename_kind(old, new):
    def rename(apps, _editor):
        apps.get_model("labs", "Job").objects.filter(kind=old).update(kind=new)

    return rename


class Migration(migrations.Migration):
    """The words of docs/vocabulary.md. Rows stay as they are; jobs of kind "jump" are of kind "skip"."""

    dependencies = [("labs", "0022_sentences_in_plain_english")]

    operations = [
        migrations.RenameField("labsession", "begun_with", "initial_state"),
        migrations.RenameField("labsession", "handed_over", "nodes_to_reset"),
        migrations.RenameField("labsession", "went_on_at", "pause_ended_at"),
        migrations.RunPython(rename_kind("jump", "skip"), rename_kind("skip", "jump")),
        migrations.AlterField(
            "job",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("attempt", "Checking your work"),
                    ("look", "Looking"),
                    ("reset", "Resetting"),
                    ("skip", "Skipping to a stage"),
                    ("save", "Saving your work"),
                    ("ticket", "Preparing your ticket"),
                    ("handover", "Resetting the nodes of a seat"),
                ],
            ),
        ),
    ]
