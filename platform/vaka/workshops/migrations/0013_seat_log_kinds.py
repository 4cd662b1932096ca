from django.db import migrations

KINDS = {
    "jump": "move_to_stage",
    "first": "put_first",
    "look": "observe",
    "ask": "ask_to_type",
    "control": "type",
    "leave": "stop_observing",
    "code": "seat_code",
    "open": "open_item",
    "name": "rename",
    "day": "end_day",
    "morning": "resume_labs",
}


def rename_kinds(apps, schema_editor):
    entries = apps.get_model("workshops", "SeatLogEntry").objects
    for old, new in KINDS.items():
        entries.filter(kind=old).update(kind=new)


def rename_kinds_back(apps, schema_editor):
    entries = apps.get_model("workshops", "SeatLogEntry").objects
    for old, new in KINDS.items():
        entries.filter(kind=new).update(kind=old)


class Migration(migrations.Migration):
    """Entries of the seat log get the new names of their kinds. All rows are kept."""

    dependencies = [("workshops", "0012_plain_names")]

    operations = [migrations.RunPython(rename_kinds, rename_kinds_back)]
