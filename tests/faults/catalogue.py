"""What a server or the network may do wrong, and what the user of the client sees then.

`test_catalogue.py` makes each of it happen, and `docs/faults.md` is written from it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from typing import Final

from tests.faults.fault import TIME_LIMIT, Fault, Section, Seen
from tests.faults.replies import (
    HTML,
    bomb,
    busy,
    chunked,
    document,
    endless,
    endless_chunks,
    half,
    headers,
    once,
    packed,
    promises,
    raw,
    redirect,
    sends,
    stacked,
    stops,
)

LOST, TIMEOUT, UNEXPECTED = "OrthancConnectionError", "OrthancTimeout", "UnexpectedAnswer"
FINE: Final = Seen(None)
GOOD_HEAD: Final = "HTTP/1.1 200 OK\nContent-Length: LENGTH"
REPEATED: Final = Seen(LOST, 4)

STATUSES: Final[dict[int, str]] = {
    300: "Redirected",
    400: "BadRequest",
    401: "Unauthorized",
    402: "OrthancHTTPError",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    408: "OrthancHTTPError",
    409: "Conflict",
    410: "OrthancHTTPError",
    412: "OrthancHTTPError",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    416: "RangeNotSatisfiable",
    418: "OrthancHTTPError",
    422: "UnprocessableContent",
    429: "OrthancHTTPError",
    500: "ServerError",
    501: "ServerError",
    502: "ServiceUnavailable",
    503: "ServiceUnavailable",
    504: "ServiceUnavailable",
    505: "ServerError",
    507: "StorageFull",
    599: "ServerError",
    600: "ServerError",
    999: "ServerError",
}
WORTH_ANOTHER_TRY: Final = frozenset({429, 502, 503, 504})

SECTIONS: Final[Sequence[Section]] = [
    Section(
        "Refusals",
        "The class comes from the status, whatever the body is; of that, 1 MiB is read at most.",
        [
            *(
                Fault(str(status), sends(status), Seen(class_, 4 if status in WORTH_ANOTHER_TRY else 1))
                for status, class_ in STATUSES.items()
            ),
            Fault("500 with Orthanc's own JSON", sends(500, document(500)), Seen("ServerError")),
            Fault(
                "500 with Orthanc's own JSON, called text", sends(500, document(500), "text/plain"), Seen("ServerError")
            ),
            Fault("500 with half of it", sends(500, document(500)[:40]), Seen("ServerError")),
            Fault("500 with JSON of wrong types", sends(500, b'{"OrthancStatus": "DOE^JANE"}'), Seen("ServerError")),
            Fault("403 with JSON that is not Orthanc's", sends(403, b'{"detail": "DOE^JANE"}'), Seen("Forbidden")),
            Fault("409 with a list", sends(409, b"[1]"), Seen("Conflict")),
            Fault("404 with a page", sends(404, HTML, "text/html"), Seen("NotFound")),
            Fault("413 with a page that is called JSON", sends(413, HTML), Seen("PayloadTooLarge")),
            Fault(
                "500 with a message for the terminal to obey",
                sends(500, b'{"OrthancStatus": 1, "Message": "one\\ntwo\\u001b[31m\\u202ethree"}'),
                Seen("PluginError"),
            ),
            Fault("404 that is cut short", sends(404, document(404), send_only=30), Seen("NotFound")),
            Fault("404 whose body does not come", stops(404), Seen("NotFound"), slow=True),
            Fault(
                "404 with a body without end", sends(404, no_length=True, endless=b"DOE^JANE" * 8192), Seen("NotFound")
            ),
            Fault("500 that is a gzip bomb", bomb(500), Seen("ServerError")),
            Fault(
                "413 before the body of the request was read",
                sends(413, HTML, "text/html", drain=True, close=True),
                Seen("PayloadTooLarge"),
                reads_body=False,
            ),
            Fault(
                "401 before the body of the request was read",
                sends(401, drain=True, close=True),
                Seen("Unauthorized"),
                reads_body=False,
            ),
            Fault("503 once", once(sends(503)), Seen(None, 2), post=Seen("ServiceUnavailable")),
            Fault("503 once, and when to come back", once(busy("7")), Seen(None, 2), post=Seen("ServiceUnavailable")),
            Fault("503, come back in an hour", busy("3600"), Seen("ServiceUnavailable")),
            Fault("503, come back before now", busy("-1"), Seen("ServiceUnavailable", 4)),
            Fault("503, come back in 2015", busy("Wed, 21 Oct 2015 07:28:00 GMT"), Seen("ServiceUnavailable", 4)),
            Fault("503, come back in 9999", busy("Fri, 31 Dec 9999 23:59:59 GMT"), Seen("ServiceUnavailable")),
            Fault("503, come back at no time", busy("Fri, 99 Foo 99999 99:99 +9999"), Seen("ServiceUnavailable", 4)),
        ],
    ),
    Section(
        "Successes that are none",
        "The status says that all is well.",
        [
            Fault("a page", sends(200, HTML, "text/html"), Seen(UNEXPECTED)),
            Fault("a page that is called JSON", sends(200, HTML), Seen(UNEXPECTED)),
            Fault("half of a JSON", sends(200, b'["DOE^JANE", "b'), Seen(UNEXPECTED)),
            Fault("JSON of another type", sends(200, b'{"DOE^JANE": 1}'), Seen(UNEXPECTED)),
            Fault("a list of something else", sends(200, b'[{"DOE^JANE": 1}]'), Seen(UNEXPECTED)),
            Fault("null", sends(200, b"null"), Seen(UNEXPECTED)),
            Fault("no UTF-8", sends(200, b'["\xff\xfe DOE^JANE"]'), Seen(UNEXPECTED)),
            Fault("100,000 lists in each other", sends(200, b"[" * 100_000), Seen(UNEXPECTED)),
            Fault("nothing", sends(200, b""), Seen(UNEXPECTED)),
            Fault("204", raw("HTTP/1.1 204 No Content", b""), Seen(UNEXPECTED)),
            Fault("204 with a body", headers(status="204 No Content"), Seen(UNEXPECTED)),
            Fault("304 that nobody asked for", headers(status="304 Not Modified"), Seen("Redirected")),
            Fault(
                "a content type for the terminal to obey",
                sends(200, b"DOE^JANE", "text/\x1b[31m" + "x" * 1000),
                Seen(UNEXPECTED),
            ),
        ],
    ),
    Section(
        "Cut short",
        "What has begun to come is not asked for again by a download: its part is removed, and the caller decides.",
        [
            Fault("a reset of all who connect", sends(), Seen(LOST, 0), where="reset", of_system=True),
            Fault(
                "a reset before the body of the request was read",
                sends(silent=True, reset=True),
                REPEATED,
                reads_body=False,
                of_system=True,
            ),
            Fault("a reset after the request", sends(silent=True, reset=True), REPEATED, of_system=True),
            Fault("no answer, and the connection closed", sends(silent=True), REPEATED),
            Fault("no answer of a proxy", sends(silent=True), REPEATED, where="proxy"),
            Fault("half of an answer of a proxy", half(), REPEATED, download=Seen(LOST), where="proxy"),
            Fault("no answer, once", once(sends(silent=True)), Seen(None, 2), post=Seen(LOST)),
            Fault("half of a status line", sends(raw=b"HTTP/1.1 2"), REPEATED),
            Fault("half of a head", sends(raw=b"HTTP/1.1 200 OK\r\nContent-Le"), REPEATED),
            Fault("half of an answer that gives its length", half(), REPEATED, download=Seen(LOST)),
            Fault("half of an answer, and a reset", half(reset=True), REPEATED, download=Seen(LOST)),
            Fault("half of an answer without its length", half(length=False), Seen(UNEXPECTED)),
            Fault("half of a chunk", chunked(b"HALF"), REPEATED, download=Seen(LOST)),
            Fault("chunks without the last one", chunked(b"GOOD"), REPEATED, download=Seen(LOST)),
            Fault(
                "half of what is compressed", packed(lambda good: gzip.compress(good)[:20], "gzip"), Seen(UNEXPECTED)
            ),
        ],
    ),
    Section(
        "Slow, and without end",
        "The time limit is for each pause: what comes byte by byte takes as long as it takes. Here it is 0.3 s, and"
        " `largest_answer` is 2 MiB. What a download may write is limited by the disk alone.",
        [
            Fault("no answer in time", sends(delay=2 * TIME_LIMIT), Seen(TIMEOUT), slow=True),
            Fault("an answer that stops", stops(), Seen(TIMEOUT), slow=True),
            Fault("an answer byte by byte", sends(drip=0.001), FINE, slow=True),
            Fault("a length of 1 TB", promises(10**12), Seen(UNEXPECTED), download=Seen(LOST)),
            Fault("an answer without end", endless(b" " * 65536), Seen(UNEXPECTED), download=Seen("OSError")),
            Fault("chunks without end", endless_chunks(), Seen(UNEXPECTED), download=Seen("OSError")),
            Fault("a chunk whose length has no end", chunked(b"", endless=b"1" * 65536), REPEATED, download=Seen(LOST)),
            Fault(
                "lines without end after the last chunk",
                chunked(b"GOOD0\r\n", endless=b"X: y\r\n" * 1000),
                REPEATED,
                download=Seen(LOST),
            ),
            Fault("a header without end", sends(raw=b"HTTP/1.1 200 OK\r\nX: ", endless=b"x" * 65536), REPEATED),
            Fault("headers without end", sends(raw=b"HTTP/1.1 200 OK\r\n", endless=b"X: y\r\n" * 1000), REPEATED),
            Fault("100 without end", sends(raw=b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), REPEATED),
            Fault("a gzip bomb of 300 MB", bomb(), Seen(UNEXPECTED), download=Seen("OSError")),
        ],
    ),
    Section(
        "Compressed",
        "What is compressed is asked for where it is text, and understood everywhere.",
        [
            Fault("gzip", packed(gzip.compress, "gzip"), FINE),
            Fault("deflate", packed(zlib.compress, "deflate"), FINE),
            Fault("gzip, and deflate around it", stacked, FINE),
            Fault("damaged gzip", packed(lambda _: b"DOE^JANE", "gzip"), Seen(LOST)),
            Fault("an encoding that nobody knows", packed(gzip.compress, "x-unknown"), Seen(UNEXPECTED)),
            Fault("gzip that says it is none", packed(lambda good: good, "gzip"), Seen(LOST)),
        ],
    ),
    Section(
        "Heads that are not HTTP",
        "What cannot be relied on is no answer.",
        [
            Fault("100 before the answer", raw(f"HTTP/1.1 100 Continue\n\n{GOOD_HEAD}"), FINE),
            Fault("103 before the answer", raw(f"HTTP/1.1 103 Early Hints\n\n{GOOD_HEAD}"), Seen("OrthancHTTPError")),
            Fault("the banner of another protocol", sends(raw=b"SSH-2.0-DOE^JANE\r\n"), REPEATED),
            Fault("HTTP/3.0", sends(raw=b"HTTP/3.0 200 DOE^JANE\r\n\r\n"), REPEATED),
            Fault("HTTP/0.9", sends(raw=b"<html>DOE^JANE</html>"), REPEATED),
            Fault("a status of two digits", headers(status="99 DOE^JANE"), REPEATED),
            Fault("a status of words", headers(status="OK DOE^JANE"), REPEATED),
            Fault("a reason that is no UTF-8", headers(status="200 \xff\xfe"), FINE),
            Fault("a header that is no UTF-8", headers("X-Site: \xff\xfe\x1b[31m"), FINE),
            Fault("a line that is no header", headers("DOE^JANE", "X: y"), REPEATED),
            Fault("a header of 100 kB", headers("X: " + "x" * 100_000), REPEATED),
            Fault("200 headers", headers(*["X: y"] * 200), REPEATED),
            Fault("two lengths that agree", headers("Content-Length: LENGTH"), FINE),
            Fault("two lengths that do not", headers("Content-Length: 1"), Seen(LOST)),
            Fault("a length below zero", raw("HTTP/1.1 200 OK\nContent-Length: -1"), FINE),
            Fault("a length that is no number", raw("HTTP/1.1 200 OK\nContent-Length: DOE^JANE"), FINE),
            Fault("a chunk whose length is no number", chunked(b"DOE^JANE\r\n"), REPEATED, download=Seen(LOST)),
        ],
    ),
    Section(
        "Sent elsewhere",
        "Redirects are followed on the same server only, and never with another method. Nothing reaches another one:"
        " neither credentials nor anything else.",
        [
            Fault("302 on the same server", once(redirect(302, "/moved")), Seen(None, 2), post=Seen("Redirected")),
            Fault("307 on the same server", once(redirect(307, "/moved")), Seen(None, 2), post=Seen(None, 2)),
            Fault("302 to another server", redirect(302, "ELSEWHERE/DOE^JANE"), Seen("Redirected")),
            Fault("307 to another server", redirect(307, "ELSEWHERE/DOE^JANE"), Seen("Redirected")),
            Fault("302 to another name of the same port", redirect(302, "OTHERNAME/studies"), Seen("Redirected")),
            Fault("302 to HTTPS on the same port", redirect(302, "SECURE/studies"), Seen("Redirected")),
            Fault("302 in circles", redirect(302, "/studies"), Seen("Redirected", 6), post=Seen("Redirected")),
            Fault("302 to no URL", redirect(302, "http://[DOE^JANE"), Seen("Redirected")),
            Fault("302 to a file", redirect(302, "file:///etc/DOE^JANE"), Seen("Redirected")),
            Fault("302 to nowhere", sends(302), Seen("Redirected")),
        ],
    ),
    Section(
        "No connection",
        "Nothing was sent, so that a POST is tried again, too.",
        [
            Fault("nobody listens", sends(), Seen(LOST, 0), where="nobody"),
            Fault("no such name", sends(), Seen(LOST, 0), where="unknown", of_system=True),
            Fault("HTTPS to a server without", sends(), Seen(LOST, 0), where="plain", of_system=True),
            Fault("a certificate that nobody vouches for", sends(), Seen(LOST, 0), where="untrusted", of_system=True),
            Fault("HTTP to a server that speaks TLS", sends(), Seen(LOST, 0), where="tls", of_system=True),
        ],
    ),
]
