"""Law 5: every task is certified, and the built-in agents fare as they must."""

from __future__ import annotations

from functools import cache

import pytest

from agentworlds.certify.fuzz import Fuzzed, fuzz_world
from agentworlds.certify.survey import Survey, certify_worlds
from tests.contract.conftest import IDS, SUITES, loaded

FUZZ_CALLS = 4_000
SUITE_FUZZ_CALLS = 5_000


@cache
def survey(id: str, seeds: int = 1) -> Survey:
    return certify_worlds([loaded(id)], range(seeds))


def check_rates(surveys: list[Survey]) -> None:
    played = {name: [0, 0] for name in ("reference", "idle", "quitter", "random")}
    for one in surveys:
        for name, (won, total) in one.success.items():
            played[name][0] += won
            played[name][1] += total
        for pair, (won, total) in one.twins.items():
            assert won <= total / 2, pair
    rates = {name: won / total for name, (won, total) in played.items()}
    assert rates["reference"] == 1.0
    assert rates["idle"] == 0.0
    assert rates["quitter"] <= 0.05
    assert rates["random"] <= 0.02


def test_every_task_of_a_seed_is_certified(id: str) -> None:
    found = survey(id)
    assert found.failures == []
    assert len(found.certificates) == loaded(id).task_count


def test_built_in_agents_fare_as_they_must_on_suites_too() -> None:
    check_rates([survey(id) for id in SUITES])


def test_built_in_agents_fare_as_they_must() -> None:
    check_rates([survey(id) for id in IDS])


def test_a_fuzz_finds_no_fault_and_no_change_after_a_refusal(id: str) -> None:
    found = fuzz_world(loaded(id), SUITE_FUZZ_CALLS if id in SUITES else FUZZ_CALLS)
    assert found.wrong == []
    assert found.well_typed >= 0.3 * found.calls
    assert len(found.reached & found.sites) >= 0.75 * len(found.sites), found.missed


@pytest.mark.full
def test_at_least_400_tasks_over_five_seeds_are_all_certified() -> None:
    surveys = [survey(id, 5) for id in IDS]
    assert [failure for one in surveys for failure in one.failures] == []
    assert sum(len(one.certificates) for one in surveys) >= 400
    check_rates(surveys)


@pytest.mark.full
@pytest.mark.parametrize("suite", SUITES)
def test_every_task_of_a_suite_over_five_seeds_is_certified(suite: str) -> None:
    found = survey(suite, 5)
    assert found.failures == []
    assert len(found.certificates) == 5 * loaded(suite).task_count


@pytest.mark.full
def test_built_in_agents_fare_as_they_must_on_five_seeds_of_every_suite() -> None:
    check_rates([survey(suite, 5) for suite in SUITES])


@pytest.mark.full
@pytest.mark.parametrize("suite", SUITES)
def test_twenty_thousand_calls_of_a_suite_find_no_fault(suite: str) -> None:
    found = fuzz_world(loaded(suite), 20_000)
    assert found.wrong == []
    assert len(found.reached & found.sites) >= 0.9 * len(found.sites), found.missed


@pytest.mark.full
def test_a_hundred_thousand_calls_reach_nearly_all_refusals() -> None:
    found: list[Fuzzed] = [fuzz_world(loaded(id), 100_000 // len(IDS) + 1) for id in IDS]
    assert [wrong for one in found for wrong in one.wrong] == []
    reached = sum(len(one.reached & one.sites) for one in found)
    assert reached >= 0.95 * sum(len(one.sites) for one in found), [one.missed for one in found]
