"""A search engine of your own behind a world's web: here TF-IDF in twenty lines, in place of SQLite's FTS5.

Run it with ``python examples/own_search_engine.py``. It proves that the engine keeps to the contract, puts it behind
the search suite's small office, lets the reference agent play a task with it, and prints what happened.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import agentworlds
from agentworlds.engines.contract import check_engine
from agentworlds.engines.search import PageText, best_first, excerpt_around, read_query, words_of

Index = dict[int, tuple[PageText, Counter[str]]]


class TfIdf:
    """Pages by the cosine of their TF-IDF vectors with the query's (Salton & Buckley, 1988); titles count more."""

    def index(self, pages: Sequence[PageText]) -> Index:
        """Each page with how often it has each word."""
        return {
            page.number: (page, Counter(words_of(page.title) * 3 + words_of(page.site) * 3 + words_of(page.text)))
            for page in pages
        }

    def rank(self, index: Index, query: str) -> list[int]:
        """Pages that share a word with the query, the nearest first. Raises EngineError where `read_query` does."""
        wanted = read_query(query)
        words = [*wanted.words, *(word for phrase in wanted.phrases for word in phrase)]
        holders = Counter(word for _, bag in index.values() for word in bag)

        def weight(word: str, times: int) -> float:
            return (1 + math.log(times)) * math.log(1 + len(index) / holders[word])

        scores: dict[int, float] = {}
        for number, (_, bag) in index.items():
            shared = sum(weight(word, bag[word]) for word in words if word in bag)
            if shared and not any(word in bag for word in wanted.without):
                scores[number] = shared / math.sqrt(sum(weight(word, times) ** 2 for word, times in bag.items()))
        return best_first(scores)

    def excerpts(self, index: Index, query: str, numbers: Sequence[int]) -> list[str]:
        """The stretch of each page with most of the query's words."""
        words = words_of(query)
        return [excerpt_around(index[number][0].text, words) for number in numbers]


def main() -> None:
    """Check the engine, put it behind a world, and watch a task being played."""
    check_engine("search", TfIdf)
    print("TfIdf keeps to the contract of search engines.\n")

    world = agentworlds.load("suite:search", engines={"search": TfIdf})
    with world.episode(task="save_cheaper_offer", seed=1) as episode:
        print(episode.instruction, "\n")
        for call in episode.task.solution:
            step = episode.call(call.tool, **call.arguments)
            print(f"{call.tool}({', '.join(f'{name}={value!r}' for name, value in call.arguments.items())})")
            print("   ", step.text.splitlines()[0])
        verdict = episode.finish()
    print("\nsuccess" if verdict.success else f"\n{verdict.explain()}")


if __name__ == "__main__":
    main()
