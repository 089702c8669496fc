"""A pool of instances of one template: opening a connection costs more than everything that follows."""

from __future__ import annotations

import threading
import time
import weakref

from agentworlds.errors import Fault
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.store import Store
from agentworlds.runtime.template import Template

MOST_OPEN = 1024
PATIENCE, PAUSE = 200, 0.005
"""How often and how long (seconds) to wait for an instance to be idle when all are being called."""


class Pool:
    """Hands out instances in the template's state.

    At most `most_open` connections are open. When all are taken, the instance that has been idle longest is parked:
    only its snapshot is kept, a few hundred bytes, until its next call. Connections of closed instances are used again.
    """

    def __init__(self, template: Template, most_open: int = MOST_OPEN) -> None:
        self.template = template
        self.most_open = most_open
        self._free: list[Store] = []
        self._opening = 0
        self._open: weakref.WeakSet[Store] = weakref.WeakSet()
        self._holders: weakref.WeakSet[Instance] = weakref.WeakSet()
        self._lock, self._parking = threading.Lock(), threading.Lock()

    def acquire(self) -> Instance:
        """A new instance, on a connection used before where there is one."""
        instance = Instance(self.template, self, self._store())
        with self._lock:
            self._holders.add(instance)
        return instance

    def take(self, holder: Instance) -> Store:
        """A reset store for an instance that was parked."""
        store = self._store()
        with self._lock:
            self._holders.add(holder)
        return store

    def _store(self) -> Store:
        for _ in range(PATIENCE):
            with self._lock:
                if self._free:
                    return self._free.pop()
                crowded = len(self._open) + self._opening >= self.most_open
                self._opening += not crowded
                idle = sorted(self._holders, key=lambda instance: instance.used) if crowded else []
            if not crowded:
                return self._open_store()
            for instance in idle:
                with self._parking:
                    parked = instance.park()
                if parked:
                    with self._lock:
                        self._holders.discard(instance)
                        if self._free:
                            return self._free.pop()
            time.sleep(PAUSE)  # others are just being opened, or in the middle of a call
        raise Fault(f"all {self.most_open} instances of the pool are being called at this moment")

    def _open_store(self) -> Store:
        store = None
        try:
            store = self.template.store()
            return store
        finally:
            with self._lock:
                self._opening -= 1
                if store is not None:
                    self._open.add(store)

    def take_back(self, store: Store) -> bool:
        """Keep a reset store for later."""
        with self._lock:
            self._free.append(store)
        return True

    def close(self) -> None:
        """Free all connections that nobody holds."""
        with self._lock:
            kept, self._free = self._free, []
            self._open -= set(kept)
        for store in kept:
            store.db.close()
