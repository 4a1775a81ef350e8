"""The server answers, but not what this route or a newer server would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orthanc_models.orthanc_error import OrthancError
from orthanc_sdk.errors.answer import Answer, quoted
from orthanc_sdk.errors.validation_messages import validation_messages

if TYPE_CHECKING:
    from typing import Self

    from pydantic import ValidationError


class NotSupportedByServer(OrthancError):
    """The server is too old for a route, or for an argument of it.

    It is not a :class:`NotFound`, which code may take for "there is no such study".
    The error that the server gave is the ``__cause__``.

    Attributes:
        route: Method and path template.
        argument: The argument that the server does not know; None if it is the route itself.
        needed: The first version of Orthanc that knows it.
        server_version: The version of the server.
    """

    def __init__(
        self,
        description: str = "",
        *,
        route: str = "",
        argument: str | None = None,
        needed: str = "",
        server_version: str = "",
    ) -> None:
        super().__init__(description)
        self.route: str = route
        self.argument: str | None = argument
        self.needed: str = needed
        self.server_version: str = server_version

    @classmethod
    def needs(
        cls, what: str, needed: str, server_version: str, *, route: str = "", argument: str | None = None
    ) -> Self:
        """The error for something that the server is too old for.

        Args:
            what: What is not supported, for the message: ``labels``.
            needed: The first version that has it.
            server_version: The version of the server.
            route: Method and path template, if there is one.
            argument: The argument of that route that is too new, if there is one.
        """
        return cls(
            f"{what} needs Orthanc {needed}; this server is Orthanc {server_version}",
            route=route,
            argument=argument,
            needed=needed,
            server_version=server_version,
        )


class UnexpectedAnswer(OrthancError):
    """The status is a success, but the answer is not what this route returns.

    It may be the page of a proxy, a truncated answer, or one of a version of Orthanc unknown to this package.

    Attributes:
        route: Method and path template.
        answer: The answer; it may hold patient data, which the message does not.
    """

    def __init__(self, problem: str = "") -> None:
        super().__init__(problem)
        self.problem: str = problem
        self.route: str = ""
        self.answer: Answer | None = None

    @classmethod
    def from_validation(cls, content: bytes, error: ValidationError) -> Self:
        """For JSON that does not fit its model, or invalid JSON."""
        if not content.strip():
            return cls("the answer is empty")
        return cls("; ".join(validation_messages(error, None)))

    @classmethod
    def from_text(cls, text: str, expected: str) -> Self:
        """For text that is not of the expected form."""
        return cls(f"expected {expected}, not {len(text)} characters of something else")

    def add_request(self, route: str, answer: Answer) -> None:
        """Completes the message with the request and the answer."""
        self.route = route
        self.answer = answer
        kind = quoted(answer.headers.get("content-type") or "no content type", 80)
        problem = self.problem
        if answer.is_html:
            problem = "the answer is an HTML page: from a proxy, or a login page? Is the URL of the server right?"
        message = f"{route}: unexpected answer ({answer.status}, {kind}, {len(answer.content)} bytes): {problem}"
        self.args: tuple[Any, ...] = (message,)  # Any: as BaseException has it
