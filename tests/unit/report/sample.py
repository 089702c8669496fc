"""A made-up run, as large as a real one; `python sample.py OUT.html [--faults]` draws it."""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

from agentworlds.report import EpisodeRecord, Kind, render, summarise

_INTENTS = {
    "airline_desk": ("rebook_missed_connection", "refund_fare", "seat_question", "upgrade_if_free", "count_delays"),
    "bank": ("transfer_money", "close_dormant_accounts", "fee_question", "freeze_if_suspicious", "overdraw_account"),
    "bookshop": ("order_title", "restock_below_minimum", "find_author", "total_sales", "sell_unreleased_book"),
    "form_desk": ("file_permit", "correct_address", "missing_field_question", "approve_if_complete", "late_filing"),
    "household": ("tidy_room", "start_dishwasher", "where_is_item", "water_if_dry", "open_locked_cellar"),
    "project_tracker": ("reassign_tickets", "close_sprint", "oldest_open_ticket", "escalate_if_late", "undo_merge"),
    "storefront": ("check_out_cart", "apply_coupon", "price_question", "cancel_if_unshipped", "return_after_limit"),
    "vet_clinic": ("book_check_up", "merge_duplicate_owners", "next_visit", "remind_overdue", "book_closed_day"),
}
_KINDS = (
    (Kind.WRITE, Kind.BATCH, Kind.QUESTION, Kind.CONDITIONAL, Kind.AGGREGATE),
    (Kind.WRITE, Kind.REPAIR, Kind.QUESTION, Kind.CONDITIONAL, Kind.IMPOSSIBLE),
)
_CHANCE = {"reference": 1.0, "idle": 0.0, "quitter": 0.04, "random": 0.01}
_TYPICAL_LENGTH = {
    Kind.WRITE: 3,
    Kind.QUESTION: 2,
    Kind.CONDITIONAL: 5,
    Kind.AGGREGATE: 6,
    Kind.BATCH: 9,
    Kind.REPAIR: 5,
    Kind.IMPOSSIBLE: 3,
}
_BUDGET = 30


def sample_records(*, tasks: int = 200, faults: bool = False) -> Iterator[EpisodeRecord]:
    """Yield `tasks` tasks in each of eight worlds, each tried by four agents; the same ones every time."""
    for place, (world, intents) in enumerate(_INTENTS.items()):
        for task in range(tasks):
            intent = intents[task % len(intents)]
            kind = _KINDS[place % 2][task % len(intents)]
            draw = random.Random(f"{world} {task}")
            length = 1 + int(draw.gammavariate(2.5, _TYPICAL_LENGTH[kind] / 2.5))
            for agent in _CHANCE:
                yield _episode(world, intent, kind, task, agent, length, faults)


def _episode(world: str, intent: str, kind: Kind, task: int, agent: str, length: int, faults: bool) -> EpisodeRecord:
    draw = random.Random(f"{world} {task} {agent}")
    ease = {Kind.IMPOSSIBLE: 5.0, Kind.QUESTION: 1.5}.get(kind, 0.4)
    success = draw.random() < (_CHANCE[agent] if agent == "reference" else _CHANCE[agent] * ease)
    calls = {
        "reference": length,
        "idle": 0,
        "quitter": min(length, 1 + int(draw.expovariate(0.6))),
        "random": _BUDGET if draw.random() < 0.7 else draw.randint(3, _BUDGET - 1),
    }[agent]
    refusals = sum(draw.random() < {"random": 0.62, "quitter": 0.2}.get(agent, 0.0) for _ in range(calls))
    progress = 1.0 if success else {"idle": 0.0}.get(agent, draw.betavariate(1.2, 5))
    centre = 60 + 25 * (len(world) % 5)
    latencies = [
        round(draw.lognormvariate(0, 0.45) * centre * (1 if draw.random() > 0.02 else 12), 1) for _ in range(calls)
    ]
    faulty = faults and world == "storefront" and draw.random() < 0.02
    return EpisodeRecord(
        world=world,
        intent=intent,
        kind=kind,
        task=task,
        seed=0,
        agent=agent,
        success=success and not faulty,
        progress=progress,
        reward=round((1.0 if success else 0.3 * progress) - 0.01 * refusals, 3),
        calls=calls,
        refusals=refusals,
        solution_length=length,
        faults=int(faulty),
        latencies_us=latencies,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--faults", action="store_true", help="let one world break")
    arguments = parser.parse_args()
    arguments.out.write_text(render(summarise(sample_records(faults=arguments.faults)), title="Nightly run, 8 worlds"))
