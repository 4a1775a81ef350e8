from __future__ import annotations

import socket

import pytest

from orthanc_sdk.testing.server.ports import Reservation


def listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def test_a_server_can_listen_on_a_reserved_port_and_again_after_its_end() -> None:
    reservation = Reservation()
    for _ in range(2):
        with listen(reservation.port), socket.create_connection(("127.0.0.1", reservation.port), timeout=5):
            pass
    reservation.release()


def test_nobody_answers_on_a_reserved_port() -> None:
    reservation = Reservation()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", reservation.port), timeout=5)
    reservation.release()


def test_nobody_else_is_given_a_reserved_port() -> None:
    reservations = [Reservation() for _ in range(200)]
    assert len({reservation.port for reservation in reservations}) == 200
    with socket.socket() as plain, pytest.raises(OSError, match="in use"):
        plain.bind(("127.0.0.1", reservations[0].port))
    for reservation in reservations:
        reservation.release()


def test_a_port_on_which_somebody_listens_cannot_be_reserved() -> None:
    with listen(0) as listener, pytest.raises(OSError, match="in use"):
        Reservation(listener.getsockname()[1])


def test_a_released_port_is_free() -> None:
    reservation = Reservation()
    reservation.release()
    reservation.release()
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", reservation.port))
