"""P1-22, C7: consent by use, by guardian and by child; nothing by default, everything kept, withdrawn at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from registry import services
from registry.models import Consent, ConsentText, ConsentUse, Guardianship
from registry.selectors import consents
from registry.services import Said
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, client_of

pytestmark = pytest.mark.django_db
USE = ConsentUse.PHOTO_CLASS


@pytest.fixture
def text(school, cast):
    return services.publish_text(use=USE, text="Xin phép đăng ảnh hoạt động của lớp có mặt em.", by=cast.principal)


@pytest.fixture
def pupil(school):
    student = school.students[0]
    student.birth_date = timezone.localdate() - timedelta(days=12 * 365)
    student.save()
    return student


@pytest.fixture
def tie(pupil, cast):
    """The mother, with an account."""
    made = relative(pupil, cast, "Nguyễn Thị Hạnh")
    made.guardian.user = cast.parent
    made.guardian.save()
    return made


def relative(pupil, cast, name, *, represents=True):
    return services.add_guardian(
        student=pupil,
        person={"full_name": name, "phone": ""},
        tie={"relation": "mother", "is_legal_representative": represents},
        by=cast.homeroom_teacher,
    )


def holds(pupil, day=None):
    return pupil.pk in consents.agreed(USE, [pupil], day or timezone.localdate())


def say(pupil, text, user, guardian, *answers, **more):
    """("guardian" or "child", bool) each."""
    said = [Said(text.pk, given, guardian if who == "guardian" else None) for who, given in answers]
    return services.answer_consents(student=pupil, said=said, by=again(user), **more)


YES = [("guardian", True), ("child", True)]


# --- what holds ---------------------------------------------------------------------------------
def test_without_answers_nothing_is_agreed(pupil, text, tie):
    assert not holds(pupil)
    assert (
        "checked"
        not in client_of(tie.guardian.user).get(reverse("registry:child_consents", args=[pupil.pk])).content.decode()
    )


def test_guardian_and_child_both(pupil, text, tie, cast):
    """Law 91/2025 art. 24: from 7 years on the child is asked, too."""
    say(pupil, text, cast.parent, tie.guardian, ("guardian", True))
    assert not holds(pupil)
    say(pupil, text, cast.parent, tie.guardian, ("child", False))
    assert not holds(pupil)
    say(pupil, text, cast.parent, tie.guardian, ("child", True))
    assert holds(pupil)


@pytest.mark.parametrize(("days", "needed"), [(-1, False), (0, True)])
def test_the_seventh_birthday(pupil, text, tie, cast, days, needed):
    """The day before it the guardian alone decides; from the day itself on, the child too. Unknown age: both."""
    today = timezone.localdate()
    pupil.birth_date = today.replace(year=today.year - 7, day=min(today.day, 28)) - timedelta(days=days)
    pupil.save()
    assert consents.has_own_voice(pupil, today.replace(day=min(today.day, 28))) is needed
    pupil.birth_date = None
    assert consents.has_own_voice(pupil, today)


def test_one_no_of_two_parents_stands(pupil, text, tie, cast):
    father = relative(pupil, cast, "Trần Văn Bình")
    say(pupil, text, cast.parent, tie.guardian, *YES)
    say(pupil, text, cast.homeroom_teacher, father.guardian, ("guardian", False), paper="phiếu 05/09")
    assert not holds(pupil)
    services.end_guardianship(tie=Guardianship.objects.get(pk=father.pk), by=cast.homeroom_teacher)
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert holds(pupil, tomorrow), "who answers for the child no longer has no say any more"


def test_consent_ends_with_the_say_of_who_gave_it(pupil, text, tie, cast):
    say(pupil, text, cast.parent, tie.guardian, *YES)
    Guardianship.objects.filter(pk=tie.pk).update(is_legal_representative=False)
    assert not holds(pupil)


def test_new_words_ask_again(pupil, text, tie, cast):
    say(pupil, text, cast.parent, tie.guardian, *YES)
    newer = services.publish_text(use=USE, text="Xin phép đăng ảnh và phim ngắn của lớp có mặt em.", by=cast.principal)
    assert newer.version == 2
    assert not holds(pupil)
    with pytest.raises(TransitionDenied, match="vừa được sửa"):
        say(pupil, text, cast.parent, tie.guardian, *YES)
    with pytest.raises(TransitionDenied, match="đang được dùng"):
        services.publish_text(use=USE, text=newer.text, by=cast.principal)


def test_withdrawn_at_once_and_told(pupil, text, tie, cast):
    """P1-22: whoever shows something asks each time; the homeroom teacher hears of it."""
    say(pupil, text, cast.parent, tie.guardian, *YES)
    assert not OutboxMessage.objects.filter(kind="consent.withdrawn").exists()
    say(pupil, text, cast.parent, tie.guardian, ("guardian", False))
    assert not holds(pupil)
    [message] = OutboxMessage.objects.filter(kind="consent.withdrawn")
    assert set(message.recipients) >= {cast.homeroom_teacher.pk, cast.principal.pk}
    assert Consent.objects.filter(student=pupil).count() == 3, "what was agreed stays on record"


def test_the_same_answer_again_is_no_row(pupil, text, tie, cast):
    assert say(pupil, text, cast.parent, tie.guardian, *YES) == 2
    assert say(pupil, text, cast.parent, tie.guardian, *YES) == 0
    assert Consent.objects.count() == 2


def test_texts_and_answers_are_never_changed(pupil, text, tie, cast):
    say(pupil, text, cast.parent, tie.guardian, *YES)
    changes = (
        lambda: Consent.objects.update(is_given=False),
        lambda: Consent.objects.all().delete(),
        lambda: ConsentText.objects.update(text="khác"),
        lambda: ConsentText.objects.all()._raw_delete("default"),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


# --- who speaks ---------------------------------------------------------------------------------
def test_nobody_speaks_for_another(pupil, text, tie, cast):
    father = relative(pupil, cast, "Trần Văn Bình")
    with pytest.raises(PermissionDenied):
        say(pupil, text, cast.parent, father.guardian, *YES)
    with pytest.raises(PermissionDenied):
        say(pupil, text, cast.homeroom_teacher, tie.guardian, *YES)
    with pytest.raises(PermissionDenied):
        say(pupil, text, cast.teacher, tie.guardian, *YES, paper="phiếu")
    grandmother = relative(pupil, cast, "Lò Thị Pành", represents=False)
    with pytest.raises(PermissionDenied):
        say(pupil, text, cast.homeroom_teacher, grandmother.guardian, *YES, paper="phiếu")
    assert not Consent.objects.exists()


def test_who_does_not_represent_reads_and_decides_nothing(pupil, text, tie, cast):
    Guardianship.objects.filter(pk=tie.pk).update(is_legal_representative=False)
    client = client_of(cast.parent)
    assert client.get(reverse("registry:child_data", args=[pupil.pk])).status_code == 200
    assert client.get(reverse("registry:child_consents", args=[pupil.pk])).status_code == 403
    assert client.post(reverse("registry:child_copy", args=[pupil.pk, "pdf"])).status_code == 403


def test_only_who_answers_for_data_publishes(school, cast):
    for user in (cast.vice_principal, cast.it_staff, cast.homeroom_teacher):
        with pytest.raises(PermissionDenied):
            services.publish_text(use=USE, text="Xin phép đăng ảnh của em ở mọi nơi.", by=user)


# --- the pages ----------------------------------------------------------------------------------
def test_a_family_answers_on_its_page(pupil, text, tie, cast):
    client = client_of(cast.parent)
    url = reverse("registry:child_consents", args=[pupil.pk])
    answers = {f"guardian_{USE}": "yes", f"child_{USE}": "yes", f"text_{USE}": text.pk}
    assert client.post(url, answers).status_code == 302
    assert holds(pupil)
    assert client.get(url).content.decode().count("checked") == 2
    assert client.post(url, answers | {f"guardian_{USE}": "perhaps"}).status_code == 422
    row = Consent.objects.filter(giver="guardian").get()
    assert (row.channel, row.guardian, row.recorded_by) == ("online", tie.guardian, cast.parent)


def test_a_paper_is_copied_by_the_homeroom_teacher(pupil, text, tie, cast):
    client = client_of(cast.homeroom_teacher)
    url = reverse("registry:consent_paper", args=[pupil.pk])
    paper = {"guardian": tie.guardian.pk, f"guardian_{USE}": "yes", f"child_{USE}": "yes", f"text_{USE}": text.pk}
    refused = client.post(url, paper)
    assert refused.status_code == 422, "a paper has a place where it is kept"
    assert "open" in refused.content.decode()
    assert client.post(url, paper | {"paper": "ký 05/09, cặp 3"}).status_code == 302
    assert holds(pupil)
    assert "cặp 3" in client.get(url).content.decode()
    assert client_of(cast.principal).post(url, paper | {"paper": "x"}).status_code == 403


def test_a_class_costs_the_same_for_any_size(pupil, text, tie, school, cast):
    def cost(name):
        client = client_of(cast.principal)
        url = reverse("registry:consent_class", args=[school.classes[name].pk])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url).content.decode()
        return len(queries), page

    say(pupil, text, cast.parent, tie.guardian, *YES)
    first, page = cost("7A1")
    assert page.count("chưa trả lời") == 4
    assert ">đồng ý" in page
    school.classes["7A2"].enrollments.exclude(roll_no=1).delete()
    second, _page = cost("7A2")
    assert first == second <= 15


def test_texts_page_keeps_what_was_typed(cast):
    client = client_of(User.objects.get(pk=cast.principal.pk))
    url = reverse("registry:consent_texts")
    refused = client.post(url, {"use": USE, "text": "Xin phép."})
    assert refused.status_code == 422
    assert ">\nXin phép.</textarea>" in refused.content.decode()
    words = "Xin phép đăng ảnh hoạt động của lớp để gia đình trong lớp xem."
    assert client.post(url, {"use": USE, "text": words}).status_code == 302
    assert ConsentText.objects.get().text == words
