from django.db import migrations, models


class Migration(migrations.Migration):
    """A session can be an exam, and so can an attempt."""

    dependencies = [
        ("labs", "0026_one_word_for_the_server"),
    ]

    operations = [
        migrations.AddField(
            model_name="labsession",
            name="exam",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "No exam"),
                    ("sealed", "An exam whose result is sealed"),
                    ("open", "An exam whose result its learner may read"),
                ],
                default="",
                max_length=6,
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="kind",
            field=models.CharField(
                choices=[
                    ("attempt", "Attempt"),
                    ("look", "Look"),
                    ("ticket", "Trouble ticket"),
                    ("exam", "Exam"),
                ],
                max_length=10,
            ),
        ),
    ]
