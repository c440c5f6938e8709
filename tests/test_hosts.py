"""Which hosts are this computer."""

from __future__ import annotations

import pytest

from certsync.hosts import is_loopback


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.255.0.9", "127.0.0.1.", "::1",
     "[::1]", "0:0:0:0:0:0:0:1"],
)  # fmt: skip
def test_this_computer_is_known_by_every_name(host: str) -> None:
    """Case, a full stop at the end and the brackets of an address change nothing."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [None, "", ".", "[]", "localhost.example.com", "127.0.0.1.example.com", "127.1", "128.0.0.1",
     "127.0.0.256", "0.0.0.0", "::2", "::", "[localhost", "localhost..", "2130706433",
     "127.0.0.1@x", "127.0.0.1:80", "١٢٧.0.0.1"],
)  # fmt: skip
def test_nothing_else_passes_for_it(host: str | None) -> None:
    """What only begins or ends like it may be somebody else's, and so may what is written oddly."""
    assert not is_loopback(host)
