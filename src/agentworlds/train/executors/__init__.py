"""Where parallel work runs: in this process, over processes of this machine, or over Ray."""

from agentworlds.train.executors.executor import Executor, Factory, WorkerDied, WorkerFailed, make_executor

__all__ = ["Executor", "Factory", "WorkerDied", "WorkerFailed", "make_executor"]
