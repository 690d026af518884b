"""The components: what they show, what they escape, and that no template works around them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Engine, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from schoolops.lib.templatetags import styleguide, ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/schoolops/css").glob("*.css"))
SPRITE = ROOT / "static/schoolops/icons.svg"
SCHOOL = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 21, 10, 42, tzinfo=SCHOOL)
HOSTILE = "<script>\"Hòa\" & 'An'</script>"


@pytest.fixture(autouse=True)
def _vietnamese():
    with translation.override("vi"):
        yield


def rendered(source: str, **context) -> str:
    return Template("{% load ui styleguide %}" + source).render(Context(context))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


class Sample(forms.Form):
    reason = forms.CharField(label="Lý do", help_text="Một hai câu.")
    kind = forms.ChoiceField(label="Loại", choices=[("a", "Nhầm số"), ("b", "Lệch dòng")], widget=forms.RadioSelect)
    told = forms.BooleanField(label="Đã báo", required=False)
    key = forms.CharField(widget=forms.HiddenInput)


# --- icons and badges ------------------------------------------------------------------------------
def test_icons_are_the_symbols_of_the_sprite():
    symbols = ElementTree.fromstring(SPRITE.read_bytes())

    assert {symbol.get("id") for symbol in symbols} == ui.ICONS
    assert SPRITE.stat().st_size <= 6 * 1024


def test_icon_is_hidden_from_screen_readers():
    html = rendered('{% icon "lock" %}')

    assert 'aria-hidden="true"' in html
    assert "schoolops/icons" in html
    assert html.rstrip().endswith('#lock"></use></svg>')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_name_only_icons_that_exist(path):
    named = re.findall(r'{% icon "([\w-]+)"|icon="([\w-]+)"', path.read_text())

    assert {a or b for a, b in named} <= ui.ICONS


def test_unknown_icon_is_an_error():
    with pytest.raises(ValueError, match="padlock"):
        rendered('{% icon "padlock" %}')


@pytest.mark.parametrize("state", ui.BADGES)
def test_badge_shows_icon_word_and_tone(state):
    html = rendered("{% badge state %}", state=state)

    assert words(html) == str(ui.BADGES[state].label)
    assert f"tone-{ui.BADGES[state].tone}" in html
    assert f"#{ui.BADGES[state].icon}" in html


def test_badges_name_icons_of_the_sprite():
    assert {shown.icon for shown in ui.BADGES.values()} <= ui.ICONS
    assert set(ui.TONE_ICONS.values()) <= ui.ICONS
    assert {icon for icon, _tone in ui.STATES.values()} <= ui.ICONS


def test_badge_red_is_for_values_and_jobs_only():
    assert {state for state, shown in ui.BADGES.items() if shown.tone == "err"} == {"rejected", "failed"}


def test_badge_takes_states_of_models_and_further_words():
    assert words(rendered('{% badge "LOCKED" %}')) == "Đã khóa"
    assert words(rendered('{% badge "running" detail="13/20" %}')) == "Đang chạy 13/20"
    assert words(rendered("{% badge 'draft' label=label %}", label=HOSTILE)) == words(rendered("{{ x }}", x=HOSTILE))


def test_badge_of_unknown_state_is_an_error():
    with pytest.raises(ValueError, match="half-locked"):
        rendered('{% badge "half-locked" %}')


# --- text of users ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "{% alert title=x %}{{ x }}{% endalert %}",
        '{% state "K" title=x action_url="/" action_label=x %}{{ x }}{% endstate %}',
        "{% card title=x meta=x %}{{ x }}{% endcard %}",
        "{% page_header title=x subtitle=x %}{{ x }}{% endpage_header %}",
        "{% tile x x hint=x url='/' %}",
        "{% button x %}{% button x url='/' %}{% button 'a' value=x %}",
        "{% badge 'draft' label=x detail=x %}",
        "{% breadcrumb x '/' x %}",
        "{% diff x x %}",
        "{% score x %}",
        "{% progress 1 2 label=x unit=x note=x %}",
        "{% history_list entries %}",
        "{% example x %}{{ x }}{% endexample %}",
    ],
)
def test_components_escape_what_people_wrote(source):
    entry = {"at": NOW, **dict.fromkeys(("text", "by", "on_behalf_of", "old", "new", "comment"), HOSTILE)}

    html = rendered(source, x=HOSTILE, entries=[entry])

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_blocks_keep_markup_of_the_template():
    assert "<strong>43</strong>" in rendered('{% alert tone="success" %}<strong>43</strong> có mặt{% endalert %}')


def test_alert_takes_levels_of_messages():
    assert "tone-warn" in rendered('{% alert tone="warning" %}x{% endalert %}')
    with pytest.raises(ValueError, match="loud"):
        rendered('{% alert tone="loud" %}x{% endalert %}')


@pytest.mark.parametrize("kind", ui.STATES)
def test_state_renders_every_kind(kind):
    html = rendered('{% state k title="Tiêu đề" action_url="/a/" action_label="Xem" %}Vì sao{% endstate %}', k=kind)

    assert f"state-{kind}" in html
    assert "Tiêu đề" in html
    assert "Vì sao" in html
    assert 'href="/a/"' in html
    assert ('aria-busy="true"' in html) == (kind == "L")


# --- time ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (NOW.replace(hour=23, minute=59), "23:59 ngày 21/11/2026 (hôm nay, còn 13 giờ)"),
        (NOW + timedelta(minutes=35), "11:17 ngày 21/11/2026 (hôm nay, còn 35 phút)"),
        (NOW + timedelta(seconds=5), "10:42 ngày 21/11/2026 (hôm nay, còn 1 phút)"),
        (datetime(2026, 11, 22, 0, 0, tzinfo=SCHOOL), "00:00 ngày 22/11/2026 (ngày mai)"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=SCHOOL), "23:59 ngày 22/11/2026 (ngày mai)"),
        (datetime(2026, 11, 23, 23, 59, tzinfo=SCHOOL), "23:59 ngày 23/11/2026 (còn 2 ngày)"),
        (datetime(2026, 12, 1, 7, 0, tzinfo=SCHOOL), "07:00 ngày 01/12/2026 (còn 10 ngày)"),
        (NOW, "10:42 ngày 21/11/2026 (quá hạn 1 phút)"),
        (NOW - timedelta(hours=3), "07:42 ngày 21/11/2026 (quá hạn 3 giờ)"),
        (NOW - timedelta(hours=12), "22:42 ngày 20/11/2026 (quá hạn 12 giờ)"),
        (NOW - timedelta(hours=23, minutes=59), "10:43 ngày 20/11/2026 (quá hạn 23 giờ)"),
        (NOW - timedelta(hours=24), "10:42 ngày 20/11/2026 (quá hạn 1 ngày)"),
        (NOW - timedelta(days=6), "10:42 ngày 15/11/2026 (quá hạn 6 ngày)"),
    ],
)
def test_deadline_is_absolute_and_relative(due, expected):
    # Stored in UTC, shown in the time of the school.
    assert words(rendered("{% deadline due now %}", due=due.astimezone(UTC), now=NOW.astimezone(UTC))) == expected


@pytest.mark.parametrize(
    ("days", "urgency"), [(-1, "overdue"), (0, "overdue"), (1, "soon"), (3, "soon"), (4, ""), (40, "")]
)
def test_deadline_urgency(days, urgency):
    assert ui.distance(NOW + timedelta(days=days), NOW).urgency == urgency


def test_dates_are_written_the_vietnamese_way():
    source = "{{ n|vn_day }}|{{ n|vn_date }}|{{ n|vn_time }}|{{ n|vn_moment }}|{{ n|vn_recent:n }}|{{ y|vn_recent:n }}"

    assert rendered(source, n=NOW.astimezone(UTC), y=NOW - timedelta(days=1)) == (
        "Thứ Bảy 21/11/2026|21/11/2026|10:42|10:42 ngày 21/11/2026|hôm nay 10:42|hôm qua 10:42"
    )
    assert rendered("{{ d|vn_day }}", d=datetime(2026, 11, 22, tzinfo=SCHOOL).date()) == "Chủ Nhật 22/11/2026"
    assert rendered("{{ d|vn_date }}{{ d|vn_day }}{{ d|vn_time }}{{ d|vn_moment }}{{ d|vn_recent }}", d=None) == ""


# --- scores and figures ----------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "shown"), [("7.5", "7,5"), ("10", "10"), ("CD", "CĐ"), ("", ""), (None, "")])
def test_score_is_shown_as_written_at_school(code, shown):
    assert words(rendered("{% score code %}", code=code)) == shown


def test_progress_counts_and_keeps_plain_digits_for_the_browser():
    html = rendered('{% progress 1299 45000 label="Tạo PDF" unit="tệp" %}')

    assert 'value="1299" max="45000"' in html
    assert "1.299/45.000 tệp" in html


def test_progress_of_nothing_does_not_divide_by_zero():
    assert 'max="1"' in rendered("{% progress 0 0 %}")


def test_history_list_reads_dicts_and_objects():
    event = SimpleNamespace(at=NOW, text="Duyệt", by="Lê Văn Khánh", on_behalf_of="Hiệu trưởng")

    shown = words(rendered("{% history_list entries %}", entries=[{"at": NOW, "text": "Khóa sổ"}, event]))

    assert "Khóa sổ 10:42 ngày 21/11/2026" in shown
    assert "Duyệt 10:42 ngày 21/11/2026 · Lê Văn Khánh thay Hiệu trưởng" in shown


def test_pagination_keeps_filters_and_hides_when_there_is_one_page():
    request = RequestFactory().get("/", {"class": "7A1", "page": "2"})

    html = rendered("{% pagination page %}", request=request, page=Paginator(range(1271), 20).page(2))

    assert 'href="?class=7A1&amp;page=1"' in html
    assert 'href="?class=7A1&amp;page=3"' in html
    assert "Mục 21–40 trong 1.271" in html
    assert rendered("{% pagination page %}", page=Paginator(range(20), 20).page(1)) == ""


def test_breadcrumb_ends_here_and_leads_back_to_the_parent():
    html = rendered('{% breadcrumb "Hôm nay" "/today/" "Sổ điểm" "/g/" "Toán – 7A1" %}')

    assert re.search(r'class="back" href="/g/"', html)
    assert 'aria-current="page">Toán – 7A1' in html
    with pytest.raises(ValueError, match="pairs"):
        rendered('{% breadcrumb "Hôm nay" "/today/" %}')


# --- forms -----------------------------------------------------------------------------------------
def test_field_ties_help_and_error_to_the_control():
    form = Sample({"kind": "a", "key": "1"})

    html = rendered("{% field form.reason %}", form=form)

    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_reason_helptext"' in html
    assert 'id="id_reason_error"' in html
    assert '<label class="field-label" for="id_reason">' in html


def test_field_without_trouble_has_no_error_wiring():
    html = rendered("{% field form.reason %}", form=Sample())

    assert 'aria-describedby="id_reason_helptext"' in html
    assert "aria-invalid" not in html
    assert "_error" not in html


def test_field_help_given_in_the_template_is_wired_too():
    html = rendered('{% field form.told help_text="Qua sổ liên lạc." %}', form=Sample())

    assert 'aria-describedby="id_told_helptext"' in html
    assert 'id="id_told_helptext"' in html


def test_field_of_choices_is_a_fieldset_with_legend():
    html = rendered("{% field form.kind %}", form=Sample({"key": "1"}))

    assert "<legend>Loại</legend>" in html
    assert '<fieldset class="field field-has-error" aria-describedby="id_kind_error">' in html


def test_field_reveals_a_password_only_with_a_script():
    html = rendered("{% field form.reason show_password=True %}", form=Sample())

    assert re.search(r'<button[^>]*data-show-password="id_reason"[^>]* hidden>', html)


def test_field_hidden_is_only_its_input():
    assert rendered("{% field form.key %}", form=Sample()).startswith("<input")


def test_error_summary_links_to_the_fields():
    html = rendered('{% error_summary form kind="Loại nhầm" %}', form=Sample({"key": "1"}))

    assert 'href="#id_reason"' in html
    assert 'href="#id_kind_0">Loại nhầm: ' in html
    assert "Có 2 chỗ cần xem lại" in html
    assert rendered("{% error_summary form %}", form=Sample()) == ""


def test_error_summary_of_the_whole_form_and_of_hidden_fields_has_no_link():
    form = Sample({"reason": "x", "kind": "a"})
    form.add_error(None, "Cột vừa khóa.")

    html = rendered("{% error_summary form %}", form=form)

    assert "Cột vừa khóa." in html
    assert "href" not in html


def test_button_is_a_link_when_it_has_an_address():
    assert rendered('{% button "Xem" url="/x/" %}') == '<a href="/x/" class="btn">Xem</a>'
    assert 'hx-post="/y/"' in rendered('{% button "Lưu" kind="primary" hx_post="/y/" %}')
    with pytest.raises(ValueError, match="shiny"):
        rendered('{% button "x" kind="shiny" %}')


@pytest.mark.parametrize("attribute", ["onclick", "style"])
def test_button_refuses_what_the_content_policy_forbids(attribute):
    with pytest.raises(ValueError, match=attribute):
        rendered("{% button 'x' " + attribute + "='y' %}")


def test_example_shows_the_source_of_what_it_renders():
    html = rendered('{% example "Dấu" %}\n    {% badge "locked" %}\n      {{ name }}\n  {% endexample %}', name="An")

    assert "{% badge &quot;locked&quot; %}\n  {{ name }}</code>" in html
    assert "Đã khóa" in html
    assert styleguide.__doc__


# --- the shell -------------------------------------------------------------------------------------
def test_error_pages_need_no_context():
    for name in ("500.html", "400.html", "403_csrf.html"):
        html = Engine.get_default().get_template(name).render(Context())
        assert html.count("<h1") == 1
        assert 'lang="vi"' in html


def test_server_error_shows_its_code():
    assert "mã A7F3" in render_to_string("500.html", {"code": "A7F3"})


# --- house rules of templates and styles -----------------------------------------------------------
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_have_no_inline_style_script_or_handler(path):
    source = path.read_text()

    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"javascript:|data:image|https?://(?!www\.w3\.org)", source)


@pytest.mark.parametrize("path", sorted((ROOT / "templates/components").glob("*.html")), ids=lambda path: path.name)
def test_components_begin_with_their_parameters(path):
    first_line = path.read_text().split("\n", 1)[0]

    assert re.fullmatch(r"\{# .+ Parameters: .+ #\}", first_line)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_respect_vietnamese_text(path):
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)

    assert not re.search(r"text-transform:(?!\s*none)", css)
    assert not re.search(r"text-overflow|letter-spacing:(?!\s*0\b)|text-align:\s*justify", css)
    assert not re.search(r"url\(|@import|@font-face", css)
    too_tight = [float(value) for value in re.findall(r"line-height:\s*([\d.]+)\s*[;}]", css) if float(value) < 1.35]
    assert too_tight == []
    too_small = [float(value) for value in re.findall(r"font-size:\s*([\d.]+)rem", css) if float(value) < 0.875]
    assert too_small == []
