import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The words of docs/vocabulary.md. Rows stay as they are."""

    dependencies = [("workshops", "0010_counts_of_expired_guests")]

    operations = [
        migrations.RenameModel("Deed", "SeatLogEntry"),
        migrations.RenameModel("WorkshopSeat", "Seat"),
        migrations.RenameIndex(
            model_name='seatlogentry',
            new_name='workshops_seat_log',
            old_name='workshops_deeds',
        ),
        migrations.AlterField(
            model_name='seatlogentry',
            name='seat',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='log_entries', to='workshops.seat'),
        ),
        migrations.AlterField(
            model_name='seatlogentry',
            name='workshop',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log_entries', to='workshops.workshop'),
        ),
    ]
