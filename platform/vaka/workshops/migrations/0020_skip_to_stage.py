from django.db import migrations, models


def rename_kind(apps, schema_editor):
    apps.get_model("workshops", "SeatLogEntry").objects.filter(kind="move_to_stage").update(kind="skip_to_stage")


def rename_kind_back(apps, schema_editor):
    apps.get_model("workshops", "SeatLogEntry").objects.filter(kind="skip_to_stage").update(kind="move_to_stage")


class Migration(migrations.Migration):
    """An entry of the seat log of the kind "move_to_stage" is now a "skip_to_stage". All rows are kept."""

    dependencies = [("workshops", "0019_practice")]

    operations = [
        migrations.AlterField(
            model_name="seatlogentry",
            name="kind",
            field=models.CharField(choices=[('message', 'Message'), ('extend', 'Time added'), ('reset', 'Lab reset'), ('skip_to_stage', 'Skipped to a stage'), ('put_first', 'Put first in the queue'), ('observe', 'Started to observe your terminals'), ('ask_to_type', 'Asked to type in your lab'), ('allowed', 'You gave permission to type in your lab'), ('refused', 'You refused or withdrew permission to type in your lab'), ('type', 'Opened a terminal of your lab to type'), ('stop_observing', 'Stopped observing your terminals'), ('seat_code', 'Made a code that opens your seat on another device'), ('helped', 'Helped'), ('pause', 'Paused the room'), ('resume', 'Ended the pause'), ('open_item', 'Opened an agenda item'), ('close_item', 'Closed an agenda item again'), ('rename', 'Changed the name of the seat'), ('free', 'Freed a seat'), ('close', 'Closed the workshop'), ('reopen', 'Reopened the workshop'), ('end_day', 'Ended the day: labs were saved and stopped'), ('resume_labs', 'Resumed the labs'), ('admit', 'Admitted to an exam'), ('end_exam', 'Ended an exam'), ('open_results', 'Opened the results of an exam'), ('attendance', 'Marked attendance by hand')], max_length=20),
        ),
        migrations.RunPython(rename_kind, rename_kind_back),
    ]
