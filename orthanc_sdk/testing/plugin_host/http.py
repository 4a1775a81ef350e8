"""The HTTP requests that a `PluginHost` sends to a script."""

from __future__ import annotations

from collections.abc import Mapping

from orthanc_sdk.plugin.mock import routes
from orthanc_sdk.plugin.mock.output import Output
from orthanc_sdk.plugin.tables import ENUMERATIONS
from orthanc_sdk.testing.plugin_base import HostBase
from orthanc_sdk.testing.plugin_results import HttpAnswer, NoHttpAnswer


class HttpCallbacks(HostBase):
    """The part of `PluginHost` that calls the callbacks for HTTP."""

    def get(self, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1") -> HttpAnswer:
        """GET from a route of the script, with the query in the URI. See `request`."""
        return self.request("GET", uri, headers=headers, ip=ip)

    def post(
        self, uri: str, body: bytes | str = b"", *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> HttpAnswer:
        """POST to a route of the script. See `request`."""
        return self.request("POST", uri, body, headers=headers, ip=ip)

    def put(
        self, uri: str, body: bytes | str = b"", *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> HttpAnswer:
        """PUT to a route of the script. See `request`."""
        return self.request("PUT", uri, body, headers=headers, ip=ip)

    def delete(self, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1") -> HttpAnswer:
        """DELETE on a route of the script. See `request`."""
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
        """Send a request to the script: first to its filter, if it has one, then to the route that matches.

        Without any that matches it is status 404, as in Orthanc: Orthanc's own routes are not here.

        Raises:
            NoHttpAnswer: The callback has not answered; Orthanc closes the connection.
            NotSetUp: The script has asked for something that the mock cannot know.
        """
        if method not in routes.METHODS:
            raise ValueError(f"Orthanc hands no {method} to scripts, only {', '.join(routes.METHODS)}")
        with self._calling():
            refusal = self._refusal(method, uri, ip, headers or {})
            if refusal is not None:
                return refusal
            route = routes.match(self._state, uri)
            if route is None:
                return _answer(404, routes.error_document(17, "Unknown resource", method, uri), None)
            data = body.encode() if isinstance(body, str) else body
            output, error = routes.run(route, method, uri, data, headers or {})
        if output.status is None:
            raise NoHttpAnswer(_no_answer(method, uri, output)) from error
        return HttpAnswer(output.status, _headers(output.headers), output.body, error)

    def is_allowed(
        self, method: str, uri: str, *, headers: Mapping[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> bool:
        """Whether the filter of the script lets a request in (`RegisterIncomingHttpRequestFilter`).

        Raises:
            TypeError: It returns something else than True or False, which is status 500.
        """
        with self._calling():
            result = self._filter(method, uri, ip, headers or {})
        if not isinstance(result, bool):
            raise TypeError(f"the filter must return True or False, but has returned {result!r}: that is status 500")
        return result

    def _filter(self, method: str, uri: str, ip: str, headers: Mapping[str, str]) -> object:
        (callback,) = self.callbacks("RegisterIncomingHttpRequestFilter")
        request: dict[str, object] = {"method": ENUMERATIONS["HttpMethod"][method], "ip": ip}
        request["headers"] = routes.lower(headers)
        if method == "GET":
            request["get"] = routes.query_of(uri)
        return callback(routes.path_of(uri), **request)

    def _refusal(self, method: str, uri: str, ip: str, headers: Mapping[str, str]) -> HttpAnswer | None:
        if not self._state.registered("RegisterIncomingHttpRequestFilter"):
            return None
        error: Exception | None = None
        result: object = None
        try:
            result = self._filter(method, uri, ip, headers)
        except Exception as raised:  # whatever it is, it is status 500
            error = raised
        if result is True:
            return None
        if result is False:
            return HttpAnswer(403, _headers({}), b"")
        if error is None:
            error = TypeError(f"the filter must return True or False, but has returned {result!r}")
        text = "Error encountered within the plugin engine"
        return _answer(500, routes.error_document(1, text, method, uri), error)


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    from requests.structures import CaseInsensitiveDict

    return CaseInsensitiveDict(headers)


def _answer(status: int, body: bytes, error: BaseException | None) -> HttpAnswer:
    return HttpAnswer(status, _headers({"Content-Type": "text/plain"}), body, error)


def _no_answer(method: str, uri: str, output: Output) -> str:
    why = "has answered with a status that Orthanc does not know" if output.is_broken else "has not answered"
    return f"the callback of {method} {uri} {why}: Orthanc closes the connection"
