"""A Ray actor for each worker, on this machine or on a cluster. Needs the extra ``agentworlds[ray]``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from agentworlds.errors import AgentworldsError
from agentworlds.train.executors.executor import Executor, Kept, WorkerDied


class OverRay(Executor):
    """Workers in Ray actors of one CPU each; agentworlds must be installed wherever they run.

    Uses the cluster that the process is connected to, or else connects as ``ray.init()`` does, and disconnects at the
    end. Messages are pickled here rather than by Ray, so that arrays arrive writable as they do everywhere.
    """

    def _start(self) -> None:
        self._actors: list[Any] = []
        self._connected = False
        self._ray = imported()
        if not self._ray.is_initialized():
            self._ray.init()
            self._connected = True
        cpus = int(self._ray.cluster_resources().get("CPU", 0))
        if cpus < self.workers:
            raise AgentworldsError(f"{self.workers} workers need a CPU each, and the Ray cluster has {cpus}")
        actor = self._ray.remote(num_cpus=1, runtime_env={"env_vars": {"OMP_NUM_THREADS": "1"}})(Kept)
        self._actors = [actor.remote() for _ in range(self.workers)]

    def _pickled(self, value: Any) -> bytes:
        pickled: bytes = imported().cloudpickle.dumps(value)  # what a script itself defines goes along
        return pickled

    def _exchange(self, doing: str, messages: Sequence[bytes]) -> list[bytes]:
        stored = {id(message): self._ray.put(message) for message in messages}  # a broadcast is one object
        answers = [actor.answer.remote(stored[id(message)])
                   for actor, message in zip(self._actors, messages, strict=True)]  # fmt: skip
        replies = []
        for number, answer in enumerate(answers):
            try:
                replies.append(self._ray.get(answer))
            except self._ray.exceptions.RayActorError as error:
                raise WorkerDied(number, self.workers, doing, str(error)) from None
        return replies

    def _end(self) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors.clear()
        if self._connected:
            self._ray.shutdown()


def imported() -> Any:
    """Ray itself, imported when it is asked for."""
    try:
        return import_module("ray")
    except ModuleNotFoundError:
        raise AgentworldsError("workers over Ray need ray: pip install 'agentworlds[ray]'") from None
