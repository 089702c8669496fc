"""Text encoders over the words of the packaged worlds: speed, and how well meanings are told apart.

python bench/encoders.py     # half a minute; measures those encoders that are installed
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import agentworlds
from agentworlds.registry import CONTENT
from agentworlds.train.encoders.encoder import NAMES, MissingPackage, TextEncoder, make_encoder

TRIPLES = (
    ("cancel the booking", "call off an appointment", "stock of medicines"),
    ("how much is owed", "the balance of an account", "the colour of a car"),
    ("give the money back", "refund a payment", "pay an invoice"),
    ("when the pet comes", "start time of the visit", "name of the owner"),
    ("send a parcel", "ship a package", "send an e-mail"),
    ("put out of service", "retire a vehicle", "serve a meal"),
    ("the person who borrows", "a member of the library", "a shelf of the library"),
    ("a free seat", "an unoccupied place", "a free gift"),
    ("raise the limit", "increase the allowance", "lower the temperature"),
    ("turn on the lamp", "switch the light on", "turn the page"),
    ("remove an item from the list", "delete an entry", "add an item to the list"),
    ("give the job to a colleague", "assign the task to somebody", "apply for a job"),
)
"""A phrase, one that means much the same in other words, and one that does not."""


def phrases() -> list[str]:
    """Every description of the packaged worlds' tools and arguments."""
    tools = [tool for id in CONTENT.ids("domains") for tool in agentworlds.load(id).program.world.tools.values()]
    return list(
        dict.fromkeys([t.description for t in tools] + [p.description or p.name for t in tools for p in t.params])
    )


def values() -> list[str]:
    """Short texts out of the packaged worlds' rows."""
    rows = [
        row
        for id in CONTENT.ids("domains")
        for table in agentworlds.load(id).template(1000).rows
        for row in table.values()
    ]
    return list(
        dict.fromkeys(value for row in rows for value in row if isinstance(value, str) and 0 < len(value) <= 40)
    )


def rate(function: object, texts: list[str]) -> float:
    """Texts a second."""
    before = time.process_time()
    function(texts)
    return len(texts) / (time.process_time() - before)


def right(encoder: TextEncoder) -> int:
    """How many of the triples have the like phrase nearer than the other."""
    found = [encoder.phrases(list(triple)) for triple in TRIPLES]
    return sum(bool(text @ alike > text @ other) for text, alike, other in found)


descriptions, short = phrases(), values()
print(
    f"{len(descriptions)} descriptions, {len(short)} short values (mean {np.mean([len(v) for v in short]):.0f} letters)"
)
for name in NAMES:
    try:
        cached = make_encoder(name)
    except MissingPackage as problem:
        print(problem)
        continue
    encoder = cached.encoder
    encoder.phrases(["warm"]), encoder.words(["warm"])
    new = rate(encoder.phrases, descriptions[:400]), rate(encoder.words, short), rate(cached.words, short[:30_000])
    again = rate(cached.words, short[:30_000])
    print(
        f"{name}: phrases {new[0]:,.0f}/s, words {new[1]:,.0f}/s, through the cache {new[2]:,.0f}/s when new,", end=" "
    )
    print(f"{again:,.0f}/s again; {right(encoder)} of {len(TRIPLES)} meanings")
