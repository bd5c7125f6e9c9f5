"""A code is covered as far as its bars go, and the one below it stays."""

from __future__ import annotations

import numpy as np

from drivenadapters.images.guest.twins import covered


def test_a_code_is_covered_whole_though_only_a_stripe_of_it_was_found() -> None:
    picture = np.full((200, 120), 240, np.uint8)
    bars = np.repeat(np.array([0, 255, 0, 0, 255, 255, 0, 255, 0, 255], np.uint8), 10)
    picture[20:80, 10:110] = bars
    picture[100:160, 10:110] = bars

    left = covered(picture, [(10, 45, 109, 50)])

    assert left[20:80, 10:110].min() > 200
    assert (left[100:160] == picture[100:160]).all()
