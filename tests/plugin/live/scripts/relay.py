"""A plugin that sends, by the client inside, what it gets by `POST /relay`: so tests outside have that client."""

import pickle
from typing import cast

import requests

from orthanc_sdk import OrthancError, plugin
from tests.plugin.live.relay import Parcel, Reply

client = plugin.client()


def relay(output: plugin.RestOutput, _uri: str, **request: object) -> None:
    """Answers with a pickled `Reply`, or with the error that was raised."""
    method, url, headers, body = cast("Parcel", pickle.loads(cast("bytes", request["body"])))
    reply: Reply | OrthancError
    try:
        prepared = requests.PreparedRequest()
        prepared.prepare(method, url, headers, data=body)
        answer = client.session.send(prepared)
        reply = answer.status_code, dict(answer.headers), answer.content
    except OrthancError as error:
        reply = error
    output.AnswerBuffer(pickle.dumps(reply), "application/octet-stream")


plugin.RegisterRestCallback("/relay", relay)
