"""Which hosts are this computer: what goes to one of them passes no network in the clear."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether a host, as it stands in an address or alone, is this computer by its very name."""
    name = (host or "").lower().removesuffix(".")
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
