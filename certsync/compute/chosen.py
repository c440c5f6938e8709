"""Which records of Certifications a selector means, once everything is computed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from certsync.compute.columns import Mask
from certsync.compute.facts import Facts
from certsync.compute.matching import Known
from certsync.compute.requirements import agreed
from certsync.compute.selectors import BadSelector, parse


def chosen(facts: Facts, selector: str) -> Mask:
    """A flag for each record; none is meant by a selector that cannot be read.

    As in Required Certification, a record without an issuing body has the one that other records
    give the same certification, if they agree.
    """
    return chosen_of(facts.certifications, selector)


def chosen_of(frame: pd.DataFrame, selector: str) -> Mask:
    """The same for rows as they are read; needs `certification` and `issuing_body`."""
    meant = parse(selector)
    if isinstance(meant, BadSelector):
        return np.zeros(len(frame), dtype=np.bool_)
    name, names = pd.factorize(frame["certification"])
    issuer, issuers = pd.factorize(frame["issuing_body"])
    # A record without a certification has the code -1, which means the last entry.
    pairs = np.stack([name, issuer], axis=1)
    distinct, pair = np.unique(pairs, axis=0, return_inverse=True)
    named = distinct[:, 0] >= 0
    known_names = list(names)
    known = Known(
        known_names,
        list(issuers),
        distinct[named, 0],
        agreed(known_names, list(issuers), distinct[named, 0], distinct[named, 1]),
    )
    hit = np.zeros(len(distinct), dtype=np.bool_)
    hit[named] = known.matching(meant)
    found: Mask = hit[pair.ravel()]
    return found
