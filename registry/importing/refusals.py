"""Why a file cannot be read at all."""


class RefusedFileError(ValueError):
    """The whole file is refused; `reason` says why and what to do, in the words of the person who sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
