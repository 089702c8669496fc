import re

import msgspec
import pytest

from agentworlds.report import EpisodeRecord

from .builders import episode


def test_a_record_survives_a_round_trip_through_json() -> None:
    record = episode(success=True, reward=0.97, refusals=1, latencies_us=(8.5, 120.0))
    assert msgspec.json.decode(msgspec.json.encode(record), type=EpisodeRecord) == record


def test_a_record_must_have_one_latency_per_call() -> None:
    message = "random in bank, transfer task 0 seed 0: 2 calls but 1 latencies"
    with pytest.raises(ValueError, match=re.escape(message)):
        msgspec.structs.replace(episode(latencies_us=(1.0,)), calls=2)


def test_a_record_cannot_have_more_refusals_than_calls() -> None:
    with pytest.raises(ValueError, match="3 refusals in 1 calls"):
        episode(refusals=3, latencies_us=(1.0,))
