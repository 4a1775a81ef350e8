"""The answer is a success, but not what was expected of this route or this server."""

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

    It is no :class:`NotFound`: code that takes that for "there is no such study" must not take this for the same.
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
        """The error for something that came with a version which the server is older than.

        Args:
            what: What it is, for the message: ``labels``.
            needed: The first version that has it.
            server_version: The version of the server.
            route: Method and path template, if it is about one.
            argument: The argument of that route that is too new, if it is about one.
        """
        return cls(
            f"{what} needs Orthanc {needed}; this server is Orthanc {server_version}",
            route=route,
            argument=argument,
            needed=needed,
            server_version=server_version,
        )


class UnexpectedAnswer(OrthancError):
    """The answer is a success by its status, but not what this route answers.

    That may be a page of a proxy, an answer that was cut short, or one of an Orthanc unknown to this package.

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
        """For JSON that does not fit its model, or is no JSON."""
        if not content.strip():
            return cls("the answer is empty")
        return cls("; ".join(validation_messages(error, None)))

    @classmethod
    def from_text(cls, text: str, expected: str) -> Self:
        """For text that is not of the form that it should have."""
        return cls(f"expected {expected}, not {len(text)} characters of something else")

    def add_request(self, route: str, answer: Answer) -> None:
        """Completes the message with what was asked and what came."""
        self.route = route
        self.answer = answer
        kind = quoted(answer.headers.get("content-type") or "no content type", 80)
        problem = self.problem
        if answer.is_html:
            problem = "the answer is an HTML page: from a proxy, or a login page? Is the URL of the server right?"
        message = f"{route}: unexpected answer ({answer.status}, {kind}, {len(answer.content)} bytes): {problem}"
        self.args: tuple[Any, ...] = (message,)  # Any: as BaseException has it
