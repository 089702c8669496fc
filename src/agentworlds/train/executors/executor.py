"""The interface behind which parallel work runs.

A number of workers, each made once by a factory and kept with all that it holds: live worlds, a copy of the policy,
random streams. Its methods are then called by name, on all workers at once, and results come back in the order of the
workers. So what is computed depends neither on who was fastest nor on where the workers are.
"""

from __future__ import annotations

import pickle
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from agentworlds.errors import AgentworldsError, nearest

KINDS = {
    "local": "agentworlds.train.executors.local:Local",
    "processes": "agentworlds.train.executors.processes:Processes",
    "ray": "agentworlds.train.executors.ray:OverRay",
}
MAKING = "its making"

Factory = Callable[[int, int], Any]
"""Makes the worker of a number, from 0, out of how many. Must pickle: a function or class of a module, or a partial of
one."""


class WorkerFailed(AgentworldsError):
    """A method of a worker raised. The workers are still there; `traceback` is the text of the worker's own."""

    def __init__(self, number: int, workers: int, doing: str, traceback: str) -> None:
        super().__init__(f"worker {number} of {workers} failed in {doing}:\n{traceback}")
        self.number, self.traceback = number, traceback


class WorkerDied(AgentworldsError):
    """A worker's process ended. What it held is lost, and the executor is closed."""

    def __init__(self, number: int, workers: int, doing: str, how: str) -> None:
        super().__init__(f"worker {number} of {workers} died in {doing}: {how}")
        self.number = number


class Executor(ABC):
    """Workers, called by one caller, one method at a time.

    What goes to a worker and comes back is pickled, tensors included: both sides hold copies, which they may change.
    Where a worker fails, the others still finish the call; then the error of the first that failed is raised. An
    executor is a context manager, and leaving it ends the workers.

    Raises:
        WorkerFailed: the factory raised.
        WorkerDied: a worker's process ended before its worker was made.
    """

    def __init__(self, workers: int, factory: Factory) -> None:
        if workers < 1:
            raise ValueError(f"an executor has at least one worker, not {workers}")
        self.workers = workers
        self.closed = False
        made = [self._pickled((factory, (number, workers))) for number in range(workers)]
        try:
            self._start()
            self._results(MAKING, made)
        except BaseException:  # also when a key is pressed: no worker is left behind
            self.close()
            raise

    def each(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of every worker, each with arguments of its own.

        Raises:
            WorkerFailed: the method raised.
            WorkerDied: a worker's process ended.
        """
        if len(arguments) != self.workers:
            raise ValueError(f"arguments for {len(arguments)} workers, but there are {self.workers}")
        return self._results(method, [self._pickled((method, own)) for own in arguments])

    def broadcast(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of every worker with the same arguments, pickled once. Raises what `each` does."""
        return self._results(method, [self._pickled((method, arguments))] * self.workers)

    def close(self) -> None:
        """End the workers. One in the middle of a call is killed; closing twice is no error."""
        if not self.closed:
            self.closed = True
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _results(self, doing: str, messages: Sequence[bytes]) -> list[Any]:
        if self.closed:
            raise AgentworldsError("the executor is closed")
        try:
            replies = [pickle.loads(reply) for reply in self._exchange(doing, messages)]  # noqa: S301 - our own workers
        except BaseException:  # a worker died, or a key was pressed: the others are in the middle of something
            self.close()
            raise
        for number, (_, failed) in enumerate(replies):
            if failed is not None:
                raise WorkerFailed(number, self.workers, doing, failed) from self._cause(number)
        return [result for result, _ in replies]

    def _pickled(self, value: Any) -> bytes:
        return pickle.dumps(value, protocol=5)

    def _cause(self, number: int) -> Exception | None:
        """The exception that a worker raised, where that was in this process."""
        return None

    @abstractmethod
    def _start(self) -> None:
        """Make a place for every worker: a `Kept`."""

    @abstractmethod
    def _exchange(self, doing: str, messages: Sequence[bytes]) -> list[bytes]:
        """Give every worker its message, then take every worker's answer."""

    @abstractmethod
    def _end(self) -> None:
        """End what `_start` began, however far it came."""


class Kept:
    """A worker in the place where it is kept."""

    worker: Any = None
    error: Exception | None = None

    def answer(self, message: bytes) -> bytes:
        """Make the worker or call one of its methods: (result, None), or (None, traceback) if that raised; pickled."""
        try:
            what, arguments = pickle.loads(message)  # noqa: S301 - from our own process
            if isinstance(what, str):
                return pickle.dumps((getattr(self.worker, what)(*arguments), None), protocol=5)
            self.worker = what(*arguments)
            return pickle.dumps((None, None))
        except Exception as error:  # noqa: BLE001 - whatever a worker raises is raised again in the caller
            self.error = error
            return pickle.dumps((None, traceback.format_exc()))


def make_executor(kind: str = "local", *, workers: int, factory: Factory) -> Executor:
    """An executor: ``local`` (one worker after another in this process), ``processes`` or ``ray``.

    Raises:
        AgentworldsError: there is no such kind, or it needs a package that is not installed.
    """
    if kind not in KINDS:
        raise AgentworldsError(f"there is no executor {kind!r}, only {', '.join(KINDS)}{nearest(kind, KINDS)}")
    module, name = KINDS[kind].split(":")
    executor: Executor = getattr(import_module(module), name)(workers, factory)
    return executor
