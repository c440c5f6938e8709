"""Who hears of what, and how early: the part of a config that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from certsync.alerts.tiers import DEFAULT_TIERS, OtherTiers, People, Tier


@dataclass(frozen=True)
class Rules:
    """What `policy.due` decides by.

    `programs` and `pursuits` are the roles and addresses that hear when one turns. After
    `escalate_after_days` of silence the manager's manager hears too; 0: never. `weekly` is the
    weekday (0: Monday) from which on rows that still need fixing are told again, None for never;
    with `all_quiet` the coordinator then hears also where there was nothing to tell. `threads`:
    each certification has a message of its own, or shares one with its program.
    """

    people: People = field(default_factory=People)
    tiers: Sequence[Tier] = DEFAULT_TIERS
    other_tiers: Sequence[OtherTiers] = ()
    programs: tuple[str, ...] = ("owner", "coordinator", "leadership")
    pursuits: tuple[str, ...] = ("holder", "manager")
    escalate_after_days: int = 14
    weekly: int | None = 0
    all_quiet: bool = False
    threads: bool = False
