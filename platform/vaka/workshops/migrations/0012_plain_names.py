import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Fields get the names of the vocabulary. All rows are kept."""

    dependencies = [("workshops", "0011_one_word_for_one_thing")]

    operations = [
        migrations.RenameField("Workshop", "seats", "seat_count"),
        migrations.RenameField("Workshop", "expired", "expired_guests"),
        migrations.RenameField("Rehearsal", "passed", "checks_passed"),
        migrations.RenameField("Rehearsal", "typed", "checks_run"),
        migrations.AlterField(
            model_name='agendaitem',
            name='built_ahead',
            field=models.BooleanField(default=True, verbose_name='build its labs before it starts'),
        ),
        migrations.AlterField(
            model_name='agendaitem',
            name='notes',
            field=models.TextField(blank=True, verbose_name='instructor notes'),
        ),
        migrations.AlterField(
            model_name='attendance',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendance_days', to='workshops.seat'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='workshops.seat'),
        ),
        migrations.AlterField(
            model_name='roomnetwork',
            name='workshop',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_networks', to='workshops.workshop'),
        ),
        migrations.AlterField(
            model_name='seat',
            name='workshop',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='workshops.workshop'),
        ),
        migrations.AlterField(
            model_name='seatlogentry',
            name='kind',
            field=models.CharField(choices=[('message', 'Message'), ('extend', 'Time added'), ('reset', 'Lab reset'), ('move_to_stage', 'Moved to a stage'), ('put_first', 'Put first in the queue'), ('observe', 'Started to observe your terminals'), ('ask_to_type', 'Asked to type in your lab'), ('allowed', 'You gave permission to type in your lab'), ('refused', 'You refused or withdrew permission to type in your lab'), ('type', 'Opened a terminal of your lab to type'), ('stop_observing', 'Stopped observing your terminals'), ('seat_code', 'Made a code that opens your seat on another device'), ('helped', 'Helped'), ('pause', 'Paused the room'), ('resume', 'Ended the pause'), ('open_item', 'Opened an agenda item'), ('rename', 'Changed the name of the seat'), ('free', 'Freed a seat'), ('close', 'Closed the workshop'), ('reopen', 'Reopened the workshop'), ('end_day', 'Ended the day: labs were saved and stopped'), ('resume_labs', 'Resumed the labs')], max_length=20),
        ),
        migrations.AlterField(
            model_name='workshop',
            name='pass_percent',
            field=models.PositiveSmallIntegerField(default=70, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='percent of the points for a certificate'),
        ),
        migrations.AlterField(
            model_name='workshop',
            name='seat_count',
            field=models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name='number of seats'),
        ),
    ]
