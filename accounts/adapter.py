"""How sign-in differs from the library's: nobody registers by themselves."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the school (A8): there is no sign-up."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
