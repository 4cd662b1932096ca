from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A person who was added as a coordinator is one once they accept. Earlier ones have accepted."""

    dependencies = [("mentoring", "0002_may_copy"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            "programme",
            "asked_coordinators",
            models.ManyToManyField(
                blank=True,
                editable=False,
                related_name="programmes_asked_to_lead",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
