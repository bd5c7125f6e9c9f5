"""What supervisor and fork server tell each other arrives unchanged, descriptors and all."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxkit import layers, messages
from sandboxkit.confinement import Confinement
from sandboxkit.errors import ConfinementUnavailable
from sandboxkit.layers import ALL_LAYERS, Layer, LayerState
from sandboxkit.messages import ZygoteConfig

_PATHS = st.lists(st.text(min_size=1), max_size=4).map(tuple)
_LAYERS = st.frozensets(st.sampled_from(Layer))
_CONFINEMENTS = st.builds(
    Confinement,
    read_only=_PATHS,
    executable=_PATHS,
    sockets=st.booleans(),
    processes=st.booleans(),
    workdir_bytes=st.integers(0, 1 << 40),
    enabled=_LAYERS,
    required=_LAYERS,
)


@given(_CONFINEMENTS, _PATHS, st.dictionaries(st.text(), st.text() | st.integers()))
def test_a_configuration_arrives_as_it_was_sent(
    confinement: Confinement, paths: tuple[str, ...], options: dict[str, object]
) -> None:
    config = ZygoteConfig("module:Guest", paths, paths, options, {"A": "b"}, "/scratch", 1000, confinement)
    assert ZygoteConfig.decode(config.encode()) == config


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def test_a_message_arrives_with_its_descriptors(pair: tuple[socket.socket, socket.socket]) -> None:
    given_away = [os.memfd_create(str(number)) for number in range(messages.DESCRIPTORS_OF_A_CHILD)]
    for number, fd in enumerate(given_away):
        os.write(fd, b"%d" % number)
    messages.send(pair[0], {"say": "spawned", "id": 7}, tuple(given_away))
    received = messages.receive(pair[1])
    assert received is not None
    message, descriptors = received
    assert message == {"say": "spawned", "id": 7}
    assert [os.pread(fd, 10, 0) for fd in descriptors] == [b"0", b"1", b"2", b"3", b"4"]
    assert not any(os.get_inheritable(fd) for fd in descriptors)
    for fd in (*given_away, *descriptors):
        os.close(fd)


def test_messages_keep_their_borders(pair: tuple[socket.socket, socket.socket]) -> None:
    for number in range(3):
        messages.send(pair[0], {"id": number})
    assert [messages.receive(pair[1]) for _ in range(3)] == [({"id": number}, ()) for number in range(3)]


def test_a_peer_that_is_gone_is_none(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].close()
    assert messages.receive(pair[1]) is None


@given(st.dictionaries(st.sampled_from(Layer), st.builds(LayerState, st.booleans(), st.text())))
def test_a_report_arrives_as_it_was_sent(report: layers.Report) -> None:
    assert layers.decode(json.loads(json.dumps(layers.encode(report)))) == report


@given(_LAYERS, _LAYERS)
def test_a_report_satisfies_exactly_the_requirements_that_it_covers(
    active: frozenset[Layer], required: frozenset[Layer]
) -> None:
    report = {layer: LayerState(layer in active, f"because of {layer}") for layer in ALL_LAYERS}
    if required <= active:
        layers.require(report, required)
        return
    with pytest.raises(ConfinementUnavailable) as refusal:
        layers.require(report, required)
    for layer in required:
        assert (f"{layer}: because of {layer}" in str(refusal.value)) == (layer not in active)


def test_a_layer_that_nobody_reported_on_is_missing() -> None:
    with pytest.raises(ConfinementUnavailable, match="landlock: not attempted"):
        layers.require({}, frozenset({Layer.LANDLOCK}))
