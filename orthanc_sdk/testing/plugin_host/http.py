"""HTTP requests to a script."""

from __future__ import annotations

from collections.abc import Mapping

from orthanc_sdk.plugin.mock.functions import rest_dispatch
from orthanc_sdk.plugin.mock.functions.rest_output import Output
from orthanc_sdk.plugin.module_contents import ENUMERATIONS
from orthanc_sdk.testing.plugin_host.base import HostBase
from orthanc_sdk.testing.plugin_host.results import HttpAnswer, NoHttpAnswer


class HttpCallbacks(HostBase):
    """The part of `PluginHost` that calls the callbacks for HTTP."""

    def get(self, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1") -> HttpAnswer:
        """Sends a GET request to the script, with the query in the URI. See `request`."""
        return self.request("GET", uri, headers=headers, ip=ip)

    def post(
        self, uri: str, body: bytes | str = b"", *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> HttpAnswer:
        """Sends a POST request to the script. See `request`."""
        return self.request("POST", uri, body, headers=headers, ip=ip)

    def put(
        self, uri: str, body: bytes | str = b"", *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> HttpAnswer:
        """Sends a PUT request to the script. See `request`."""
        return self.request("PUT", uri, body, headers=headers, ip=ip)

    def delete(self, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1") -> HttpAnswer:
        """Sends a DELETE request to the script. See `request`."""
        return self.request("DELETE", uri, headers=headers, ip=ip)

    def request(
        self,
        method: str,
        uri: str,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        ip: str = "127.0.0.1",
    ) -> HttpAnswer:
        """Sends a request to the script: first to its filter, if it has one, then to the route that matches.

        If none matches, the status is 404: Orthanc's own routes do not exist here.

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            uri: The path, with the query if there is one.
            body: The body, for POST and PUT.
            headers: The HTTP headers.
            ip: The IP address of the client.

        Raises:
            NoHttpAnswer: The callback has not responded; Orthanc closes the connection.
            NotSetUp: The script asks for something that the mock cannot know.
        """
        if method not in rest_dispatch.METHODS:
            raise ValueError(
                f"Orthanc does not pass {method} requests to scripts, only {', '.join(rest_dispatch.METHODS)}"
            )
        with self._calling():
            rejection = self._rejection(method, uri, ip, headers or {})
            if rejection is not None:
                return rejection
            route = rest_dispatch.match(self._state, uri)
            if route is None:
                return _answer(404, rest_dispatch.error_body(17, "Unknown resource", method, uri), None)
            data = body.encode() if isinstance(body, str) else body
            output, error = rest_dispatch.run(route, method, uri, data, headers or {})
        if output.status is None:
            raise NoHttpAnswer(_no_answer(method, uri, output)) from error
        return HttpAnswer(output.status, _headers(output.headers), output.body, error)

    def is_allowed(
        self, method: str, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> bool:
        """Whether the filter of the script allows a request (`RegisterIncomingHttpRequestFilter`).

        Raises:
            TypeError: It returns anything but True or False, which is status 500.
        """
        with self._calling():
            result = self._filter(method, uri, ip, headers or {})
        if not isinstance(result, bool):
            raise TypeError(f"the filter must return True or False, but has returned {result!r}: that is status 500")
        return result

    def _filter(self, method: str, uri: str, ip: str, headers: Mapping[str, str]) -> object:
        (callback,) = self.callbacks("RegisterIncomingHttpRequestFilter")
        request: dict[str, object] = {"method": ENUMERATIONS["HttpMethod"][method], "ip": ip}
        request["headers"] = rest_dispatch.lower_case(headers)
        if method == "GET":
            request["get"] = rest_dispatch.query_of(uri)
        return callback(rest_dispatch.path_of(uri), **request)

    def _rejection(self, method: str, uri: str, ip: str, headers: Mapping[str, str]) -> HttpAnswer | None:
        if not self._state.registered("RegisterIncomingHttpRequestFilter"):
            return None
        error: Exception | None = None
        result: object = None
        try:
            result = self._filter(method, uri, ip, headers)
        except Exception as raised:  # any error is status 500
            error = raised
        if result is True:
            return None
        if result is False:
            return HttpAnswer(403, _headers({}), b"")
        if error is None:
            error = TypeError(f"the filter must return True or False, but has returned {result!r}")
        text = "Error encountered within the plugin engine"
        return _answer(500, rest_dispatch.error_body(1, text, method, uri), error)


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    from requests.structures import CaseInsensitiveDict

    return CaseInsensitiveDict(headers)


def _answer(status: int, body: bytes, error: BaseException | None) -> HttpAnswer:
    return HttpAnswer(status, _headers({"Content-Type": "text/plain"}), body, error)


def _no_answer(method: str, uri: str, output: Output) -> str:
    why = "has answered with a status that Orthanc does not know" if output.is_broken else "has not answered"
    return f"the callback of {method} {uri} {why}: Orthanc closes the connection"
