"""Orthanc peers, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from orthanc_sdk.plugin.mock.handles import make
from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.mock.state import current

Peer = tuple[str, str, Mapping[str, object]]
_STANDARD_PROPERTIES = frozenset(
    {"Url", "Username", "Password", "HttpHeaders", "CertificateFile", "CertificateKeyFile", "CertificateKeyPassword",
     "Pkcs11", "Timeout"}
)  # fmt: skip


def _peer(name: str, value: object) -> Peer:
    """A peer is an object in the configuration, or a list of URL, username and password."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return name, str(fields.get("Url", "")), fields
    return name, str(cast("Sequence[object]", value)[0]), {}


@implements("GetPeers")
def get_peers() -> object:
    state = current()
    if state.configuration is None:
        raise state.missing("GetPeers()", 'Give a configuration: PluginHost(configuration={"OrthancPeers": {...}})')
    peers = cast("Mapping[str, object]", state.configuration.get("OrthancPeers", {}))
    return make("Peers", [_peer(name, peers[name]) for name in sorted(peers)])


@implements("Peers.GetPeersCount")
def get_peers_count(peers: list[Peer]) -> int:
    return len(peers)


@implements("Peers.GetPeerName")
def get_peer_name(peers: list[Peer], index: int) -> str | None:
    return peers[index][0] if 0 <= index < len(peers) else None


@implements("Peers.GetPeerUrl")
def get_peer_url(peers: list[Peer], index: int) -> str | None:
    return peers[index][1] if 0 <= index < len(peers) else None


@implements("Peers.GetPeerUserProperty")
def get_peer_user_property(peers: list[Peer], index: int, user_property: str) -> str | None:
    if not 0 <= index < len(peers) or user_property in _STANDARD_PROPERTIES:
        return None
    value = peers[index][2].get(user_property)
    return None if value is None else str(value)
