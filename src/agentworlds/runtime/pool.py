"""A pool of instances of one template: opening a connection costs more than everything that follows."""

from __future__ import annotations

import threading

from agentworlds.runtime.instance import Instance
from agentworlds.runtime.store import Store
from agentworlds.runtime.template import Template


class Pool:
    """Hands out instances in the template's state, and keeps up to `keep` connections of closed ones for the next."""

    def __init__(self, template: Template, keep: int = 64) -> None:
        self.template = template
        self.keep = keep
        self._free: list[Store] = []
        self._lock = threading.Lock()

    def acquire(self) -> Instance:
        """A new instance, on a connection used before where there is one."""
        with self._lock:
            store = self._free.pop() if self._free else None
        return Instance(self.template, self, store)

    def take_back(self, store: Store) -> bool:
        """Keep a reset store for later; False when there are enough and it should be freed."""
        with self._lock:
            if len(self._free) >= self.keep:
                return False
            self._free.append(store)
        return True

    def close(self) -> None:
        """Free all kept connections."""
        with self._lock:
            kept, self._free = self._free, []
        for store in kept:
            store.db.close()
