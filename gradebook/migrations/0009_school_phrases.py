"""Phrases to begin with, so that the bank is not empty on the first evening; the school changes them in the administration."""

from django.db import migrations

PHRASES = {
    "good": [
        "Nắm vững kiến thức, vận dụng linh hoạt vào bài mới.",
        "Chủ động phát biểu, lập luận rõ ràng.",
        "Có tinh thần giúp đỡ bạn trong học tập.",
        "Nên thử sức với các bài nâng cao.",
    ],
    "fair": [
        "Nắm được kiến thức cơ bản, làm bài cẩn thận.",
        "Có tiến bộ rõ so với đầu kỳ.",
        "Cần mạnh dạn trình bày ý kiến hơn.",
        "Cần rèn thêm kỹ năng trình bày bài.",
    ],
    "pass": [
        "Hoàn thành các nhiệm vụ học tập ở mức cơ bản.",
        "Có cố gắng, cần ôn bài đều hơn ở nhà.",
        "Còn nhầm lẫn ở phần vận dụng, cần luyện thêm.",
    ],
    "weak": [
        "Còn nhiều lỗ hổng kiến thức, cần được kèm thêm.",
        "Cần làm bài tập đầy đủ trước khi đến lớp.",
        "Đã có cố gắng; thầy cô sẽ hỗ trợ thêm sau giờ học.",
    ],
    "": [
        "Chú ý nghe giảng, ghi chép đầy đủ.",
        "Hợp tác tốt trong hoạt động nhóm.",
        "Cần tập trung hơn trong giờ học.",
    ],
}


def add_phrases(apps, schema_editor):
    phrase = apps.get_model("gradebook", "RemarkPhrase")
    phrase.objects.bulk_create(
        [phrase(band=band, text=text) for band, texts in PHRASES.items() for text in texts], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0008_remarks")]

    operations = [migrations.RunPython(add_phrases, migrations.RunPython.noop)]
