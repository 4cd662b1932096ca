from django.db import migrations


class Migration(migrations.Migration):
    """The words of docs/vocabulary.md and of the Bitstring Status List. Rows stay as they are."""

    dependencies = [("credentials", "0002_distrusted_keys")]

    operations = [
        migrations.RenameModel("Place", "StatusListEntry"),
        migrations.RenameField("credential", "place", "status_list_entry"),
        migrations.RenameField("credential", "facts", "content"),
    ]
