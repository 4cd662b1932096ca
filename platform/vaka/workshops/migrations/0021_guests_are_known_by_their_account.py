from django.db import migrations


def mark_guests(apps, _schema_editor):
    guests = {"user__username__startswith": "guest-", "user__password__startswith": "!"}
    apps.get_model("workshops", "Seat").objects.filter(**guests).update(is_guest=True)


class Migration(migrations.Migration):
    """A seat's own mark outlived the first password of its guest; the account itself says whether it has one."""

    dependencies = [("workshops", "0020_skip_to_stage"), ("accounts", "0008_sign_ins_ended")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, mark_guests),
        migrations.RemoveField("seat", "is_guest"),
    ]
