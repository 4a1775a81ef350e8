"""The Python names of operations and arguments."""

from __future__ import annotations

import keyword
import re

# As names of arguments, these would shadow builtins: they get an underscore, as keywords do.
_BUILTINS = {"id", "type", "range", "filter", "format", "hash"}


def method_name(method: str, path: str) -> str:
    """`GET /instances/{id}/frames/{frame}/raw.gz` is `get_instances_id_frames_frame_raw_gz`."""
    words = re.sub(r"[{}]", "", path).strip("/")
    return method.lower() + "_" + re.sub(r"[^0-9A-Za-z]+", "_", words)


def argument_name(wire_name: str) -> str:
    """`requested-tags` is `requested_tags`, `returnUnsupportedImage` is `return_unsupported_image`, `id` is `id_`."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", wire_name).replace("-", "_").lower()
    return name + "_" if name in _BUILTINS or keyword.iskeyword(name) else name
