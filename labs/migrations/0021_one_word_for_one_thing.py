import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The words of docs/vocabulary.md. Rows stay as they are."""

    dependencies = [("labs", "0020_memory_limit"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RenameModel("Errand", "Job"),
        migrations.RenameModel("CheckNow", "CheckStatus"),
        migrations.RenameModel("Trouble", "TroubleTicket"),
        migrations.RenameModel("Seat", "ClassSeat"),
        migrations.RenameModel("Visit", "Observer"),
        migrations.RemoveConstraint(
            model_name='attempt',
            name='labs_one_attempt_per_errand',
        ),
        migrations.RemoveConstraint(
            model_name='checkstatus',
            name='labs_one_row_for_a_check_now',
        ),
        migrations.RemoveConstraint(
            model_name='job',
            name='labs_one_open_errand_per_session',
        ),
        migrations.RemoveConstraint(
            model_name='observer',
            name='labs_one_visit_at_a_time',
        ),
        migrations.RenameField(
            model_name='attempt',
            old_name='errand',
            new_name='job',
        ),
        migrations.RenameIndex(
            model_name='labsession',
            new_name='labs_session_queue',
            old_name='labs_session_line',
        ),
        migrations.AlterField(
            model_name='checkstatus',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='check_statuses', to='labs.labsession'),
        ),
        migrations.AlterField(
            model_name='job',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='labs.labsession'),
        ),
        migrations.AlterField(
            model_name='observer',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='observers', to='labs.labsession'),
        ),
        migrations.AlterField(
            model_name='observer',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='labs_observed', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='troubleticket',
            name='session',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='trouble_ticket', to='labs.labsession'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('job', 'learner'), name='labs_one_attempt_per_job'),
        ),
        migrations.AddConstraint(
            model_name='checkstatus',
            constraint=models.UniqueConstraint(fields=('session', 'check_id'), name='labs_one_status_per_check'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('session',), name='labs_one_open_job_per_session'),
        ),
        migrations.AddConstraint(
            model_name='observer',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('session', 'user'), name='labs_one_observer_at_a_time'),
        ),
    ]
