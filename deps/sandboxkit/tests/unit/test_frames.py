"""Frames survive any cutting of the stream, and nothing else is taken for a frame."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxkit import child, frames
from sandboxkit.frames import HEADER_BYTES, Decoder, Frame, FrameKind, ProtocolViolation

_FRAMES = st.lists(st.builds(Frame, st.sampled_from(FrameKind), st.binary(max_size=200)), max_size=8)
_LARGEST = 200


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(_FRAMES, st.lists(st.integers(0, 10_000), max_size=10))
def test_frames_arrive_as_sent_however_the_stream_is_cut(sent: list[Frame], cuts: list[int]) -> None:
    decoder = Decoder(_LARGEST)
    stream = b"".join(frames.encode(frame.kind, frame.payload) for frame in sent)
    received = [frame for piece in _cut(stream, cuts) for frame in decoder.feed(piece)]
    assert received == sent


@given(_FRAMES)
def test_frames_arrive_byte_by_byte(sent: list[Frame]) -> None:
    decoder = Decoder(_LARGEST)
    stream = b"".join(frames.encode(frame.kind, frame.payload) for frame in sent)
    assert [frame for byte in stream for frame in decoder.feed(bytes([byte]))] == sent


@given(st.binary(max_size=500))
def test_any_bytes_give_frames_or_a_violation_and_nothing_else(noise: bytes) -> None:
    decoder = Decoder(_LARGEST)
    try:
        received = decoder.feed(noise)
    except ProtocolViolation:
        return
    assert all(len(frame.payload) <= _LARGEST for frame in received)


@pytest.mark.parametrize("length", [_LARGEST + 1, 1 << 31, 0xFFFFFFFF])
def test_a_length_over_the_cap_is_a_violation_before_its_payload_comes(length: int) -> None:
    header = bytes([FrameKind.RESULT]) + length.to_bytes(4, "little")
    with pytest.raises(ProtocolViolation, match=f"frame of {length} bytes; the limit is {_LARGEST}"):
        Decoder(_LARGEST).feed(header)


def test_a_length_at_the_cap_is_a_frame() -> None:
    assert Decoder(_LARGEST).feed(frames.encode(FrameKind.NOTE, b"x" * _LARGEST))[0].payload == b"x" * _LARGEST


@given(st.integers(0, 255).filter(lambda kind: kind not in set(FrameKind)))
def test_an_unknown_kind_is_a_violation(kind: int) -> None:
    with pytest.raises(ProtocolViolation, match="unknown frame kind"):
        Decoder(_LARGEST).feed(bytes([kind]) + bytes(4))


def test_nothing_is_given_before_a_frame_is_complete() -> None:
    decoder = Decoder(_LARGEST)
    assert decoder.feed(frames.encode(FrameKind.NOTE, b"abc")[: HEADER_BYTES + 2]) == []
    assert decoder.feed(b"c") == [Frame(FrameKind.NOTE, b"abc")]


@given(
    st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.booleans())),
    st.binary(max_size=500),
)
def test_a_job_arrives_as_it_was_sent(header: dict[str, object], body: bytes) -> None:
    job = child.decode_job(child.encode_job(header, body))
    assert (job.header, job.body) == (header, body)
