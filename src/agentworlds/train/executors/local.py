"""Workers in this process, called one after another: the default, and the one to debug in."""

from __future__ import annotations

from collections.abc import Sequence

from agentworlds.train.executors.executor import Executor, Kept


class Local(Executor):
    """Speaks in messages as the others do, so what works here works there. Failures keep their cause."""

    def _start(self) -> None:
        self._kept = [Kept() for _ in range(self.workers)]

    def _exchange(self, doing: str, messages: Sequence[bytes]) -> list[bytes]:
        return [kept.answer(message) for kept, message in zip(self._kept, messages, strict=True)]

    def _cause(self, number: int) -> Exception | None:
        return self._kept[number].error

    def _end(self) -> None:
        self._kept.clear()
