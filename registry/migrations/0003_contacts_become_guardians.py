"""The contact of each pupil becomes a guardian; pupils with the same name and number of a contact share one."""

from typing import Any

from django.db import migrations
from django.db.models import Min, Q
from django.utils import timezone

from schoolops.lib import names


def make_guardians(apps: Any, _schema_editor: Any) -> None:
    Student, Guardian, Guardianship = (
        apps.get_model("registry", name) for name in ("Student", "Guardian", "Guardianship")
    )
    shared: dict[tuple[str, str], Any] = {}
    with_contact = Student.objects.exclude(Q(contact_name="") & Q(contact_phone=""))
    for student in with_contact.annotate(since=Min("enrollments__enrolled_on")).order_by("pk"):
        key = names.identity_key(student.contact_name), student.contact_phone
        guardian = shared.get(key)
        if guardian is None:
            guardian = Guardian.objects.create(
                full_name=student.contact_name, phone=student.contact_phone.replace(" ", "")[:11]
            )
            if student.contact_name and student.contact_phone:
                shared[key] = guardian
        Guardianship.objects.create(
            student=student,
            guardian=guardian,
            relation="other",
            is_legal_representative=bool(student.contact_name),
            is_contact=True,
            valid_from=student.since or timezone.localdate(),
        )


def write_contacts_back(apps: Any, _schema_editor: Any) -> None:
    Guardianship = apps.get_model("registry", "Guardianship")
    contacts = Guardianship.objects.filter(is_contact=True, ended_on=None).select_related("student", "guardian")
    for row in contacts.order_by("pk"):
        row.student.contact_name = row.guardian.full_name
        row.student.contact_phone = row.guardian.phone
        row.student.save(update_fields=["contact_name", "contact_phone"])


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_families"),
    ]

    operations = [
        migrations.RunPython(make_guardians, write_contacts_back),
    ]
