import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The team of a workshop is called so, because staff are the administrators of the site. All rows are kept."""

    dependencies = [("workshops", "0022_reach_of_a_workshop")]

    operations = [
        migrations.RenameModel("WorkshopStaff", "TeamMember"),
        migrations.AlterField(
            model_name="teammember",
            name="workshop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="team", to="workshops.workshop"
            ),
        ),
    ]
