"""Columns computed from a name at every save, bulk writes included: PostgreSQL then sorts and searches plain text."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from schoolops.lib import names


class _DerivedTextField(models.CharField):
    """Text derived from another field of the row by `derive`; never edited by hand."""

    derive: Callable[[str], str]

    def __init__(self, *args: Any, source: str = "full_name", **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", 400)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = type(self).derive(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value


class SortKeyField(_DerivedTextField):
    """Vietnamese order of a person's name: given name first, letters before tones (`schoolops.lib.names`)."""

    derive = staticmethod(names.sort_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)


class SearchKeyField(_DerivedTextField):
    """The name without diacritics and case, for "nguyen van dat"."""

    derive = staticmethod(names.fold)


class ClassSortKeyField(_DerivedTextField):
    """Class names in the order people expect: 6A1, 6A2, 6A10, 10A1."""

    derive = staticmethod(names.class_sort_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("source", "name")
        kwargs.setdefault("db_collation", "C")
        kwargs.setdefault("max_length", 60)
        super().__init__(*args, **kwargs)


class PersonNameField(models.CharField):
    """A person's name as it came, in NFC and without stray spaces; hidden characters and mixed scripts are refused."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            return names.clean_name(text)
        except names.InvalidNameError as error:
            raise ValidationError(NAME_ERRORS[error.key], code=error.key) from error


NAME_ERRORS = {
    "name.empty": _("Nhập họ và tên."),
    "name.hidden_character": _("Tên có ký tự ẩn không nhìn thấy được. Gõ lại tên thay vì dán."),
    "name.mixed_script": _("Tên có chữ cái giống chữ Việt nhưng của bảng chữ khác. Gõ lại tên bằng bộ gõ tiếng Việt."),
    "name.not_latin": _("Tên phải viết bằng chữ La-tinh."),
}
