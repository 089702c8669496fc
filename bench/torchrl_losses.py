"""The losses of torchrl on decisions over variable numbers of candidates, beside the same losses on ragged arrays.

python bench/torchrl_losses.py     # needs torchrl==0.14.1; a few minutes and 3 GB. Figures of docs/adr/0009

A decision scores its candidates, and its distribution is the softmax over them. `padded` gives torchrl 512 candidates
for every decision, `mixed` scores without padding and pads the scores for torchrl, `ragged` is torch alone.
"""

from __future__ import annotations

import math
import resource
import statistics
import subprocess
import sys
import time
import warnings
from typing import Any

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss
from torchrl.modules import MaskedCategorical, ProbabilisticActor, QValueActor, ValueOperator
from torchrl.objectives import A2CLoss, ClipPPOLoss, DiscreteSACLoss, DQNLoss, ValueEstimators

DECISIONS, MOST, WIDTH, GAMMA = 2048, 512, 64, 0.99
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(0)


def starts(lengths: Tensor) -> Tensor:
    return torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])


# A log-normal number of candidates (median 14, 95 % at most 91); episodes of about 35 decisions, rewarded at the end.
sizes = torch.exp(math.log(14) + 1.138 * torch.randn(DECISIONS)).round().clamp(2, 480).long()
offsets = starts(sizes)
of = torch.repeat_interleave(sizes)  # the decision of each candidate
mask = torch.arange(MOST) < sizes[:, None]
candidates, context = torch.randn(len(of), WIDTH), torch.randn(DECISIONS, WIDTH)
action = (torch.rand(DECISIONS) * sizes).long()
taken = offsets[:-1] + action
done = torch.rand(DECISIONS) < 1 / 35
done[-1] = True
reward = done * torch.randn(DECISIONS)
old, advantage, target = 0.1 * torch.randn(DECISIONS) - sizes.log(), torch.randn(DECISIONS), torch.randn(DECISIONS)
following = (torch.arange(DECISIONS) + 1) % DECISIONS


class Scorer(nn.Module):
    """A score for each candidate, given its decision's context: of [n, K, d] or, with `of`, of [pairs, d]."""

    def __init__(self) -> None:
        super().__init__()
        self.own, self.context, self.out = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, candidates: Tensor, context: Tensor, of: Tensor | None = None) -> Tensor:
        around = self.context(context)
        around = around.unsqueeze(-2) if of is None else around[of]
        return self.out(torch.relu(self.own(candidates) + around)).squeeze(-1)


class Mixed(Scorer):
    """Scores of a jagged tensor, padded."""

    def forward(self, candidates: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        of = torch.repeat_interleave(candidates.offsets().diff())
        return torch.zeros(mask.shape).masked_scatter(mask, super().forward(candidates.values(), context, of))


def as_tensordict(kind: str, with_next: bool) -> TensorDict:
    """The decisions as torchrl takes them. What follows a decision has to be there a second time."""

    def held(first: int) -> Tensor:
        rolled = candidates.roll(-int(offsets[first]), 0)
        if kind == "mixed":
            return torch.nested.nested_tensor_from_jagged(rolled, starts(sizes.roll(-first)))
        return torch.zeros(DECISIONS, MOST, WIDTH).masked_scatter(mask.roll(-first, 0)[:, :, None], rolled)

    after = {"reward": reward[:, None], "done": done[:, None], "terminated": done[:, None]}
    if with_next:
        after |= {"candidates": held(1), "context": context[following], "mask": mask[following]}
    now = {"candidates": held(0), "context": context, "mask": mask, "action": action, "action_log_prob": old,
           "advantage": advantage[:, None], "value_target": target[:, None]}  # fmt: skip
    return TensorDict({**now, "next": TensorDict(after, [DECISIONS])}, [DECISIONS])


def best(scores: Tensor) -> Tensor:
    return torch.full((DECISIONS,), -math.inf).scatter_reduce(0, of, scores.detach(), "amax")


def summed(values: Tensor) -> Tensor:
    return torch.zeros(DECISIONS).index_add(0, of, values)


def log_softmax(scores: Tensor) -> Tensor:
    shifted = scores - best(scores)[of]
    return shifted - summed(shifted.exp()).log()[of]


def ragged_loss(name: str, loss: Any, network: nn.Module, policy: Scorer, critic: nn.Module, value: Scorer) -> Tensor:
    """What torchrl computes, on ragged arrays."""

    def scores(parameters: Any) -> Tensor:
        with parameters.to_module(network):  # which holds `value`
            return value(candidates, context, of)

    if name != "dqn":
        logs = log_softmax(policy(candidates, context, of))
    if name in ("ppo", "a2c"):
        chosen, entropy = logs[taken], -summed(logs.exp() * logs)
        ratio = (chosen - old).exp()
        gain = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage) if name == "ppo" else chosen * advantage
        return -gain.mean() - 0.01 * entropy.mean() + smooth_l1_loss(critic(context).squeeze(-1), target)
    if name == "dqn":
        aim = reward + GAMMA * ~done * best(scores(loss.target_value_network_params))[following]
        return (scores(loss.value_network_params)[taken] - aim).square().mean()
    with torch.no_grad():
        late = torch.stack([scores(loss.target_qvalue_network_params[net]) for net in range(2)]).amin(0)
        aim = reward + GAMMA * ~done * summed(logs.exp() * (late - logs))[following]
    values = torch.stack([scores(loss.qvalue_network_params[net]) for net in range(2)])
    actor = summed(logs.exp() * (logs - values.detach().amin(0))).mean()
    return actor + sum(smooth_l1_loss(own[taken], aim) for own in values)


def torchrl_loss(name: str, kind: str, policy: Scorer, critic: nn.Module, value: Scorer) -> tuple[Any, nn.Module]:
    keys = ["candidates", "context", "mask"] if kind == "mixed" else ["candidates", "context"]
    scored = TensorDictModule(policy, keys, ["logits"])
    masked = {"distribution_class": MaskedCategorical, "distribution_kwargs": {"neg_inf": -1e9}}  # -inf makes SAC nan
    actor = ProbabilisticActor(scored, ["logits", "mask"], ["action"], **masked)
    if name in ("ppo", "a2c"):
        make = ClipPPOLoss if name == "ppo" else A2CLoss
        network = ValueOperator(critic, ["context"])
        return make(actor, network, entropy_coeff=0.01, critic_coeff=1.0), network
    if name == "dqn":
        network = QValueActor(value, in_keys=keys, action_space="categorical", action_mask_key="mask")
        loss = DQNLoss(network, action_space="categorical", delay_value=True)
    else:
        network = TensorDictModule(value, keys, ["action_value"])
        loss = DiscreteSACLoss(actor, network, action_space="categorical", fixed_alpha=True, target_entropy=1.0)
    loss.make_value_estimator(ValueEstimators.TD0, gamma=GAMMA)
    return loss, network


def measure(name: str, kind: str) -> str:
    """The loss, the length of its gradient, the processor's time for an update, and the memory on top of the arrays."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    torch.manual_seed(1)
    body = Mixed if kind == "mixed" else Scorer
    nets = body(), nn.Linear(WIDTH, 1), body()
    loss, network = torchrl_loss(name, kind, *nets)
    given = None if kind == "ragged" else as_tensordict(kind, name in ("dqn", "sac"))
    optimiser = torch.optim.Adam(loss.parameters(), lr=1e-4)
    told, times = [], []
    for _ in range(6):
        start = time.process_time()
        total = ragged_loss(name, loss, network, *nets) if given is None else sum(
            part for key, part in loss(given).items() if key.startswith("loss"))  # fmt: skip
        optimiser.zero_grad()
        total.backward()
        slope = nn.utils.get_total_norm([one.grad for one in loss.parameters() if one.grad is not None])
        optimiser.step()
        told.append(f"{float(total):.5f} | {float(slope):.5f}")
        times.append(1000 * (time.process_time() - start))
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{told[0]} | {told[-1]} | {statistics.median(times[1:]):.0f} ms | {peak:.0f} MB"


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(" | ".join(sys.argv[1:]), "|", measure(*sys.argv[1:]))
    else:
        print("loss | candidates | loss | its gradient | both after five updates | an update | memory", flush=True)
        for name in ("ppo", "a2c", "dqn", "sac"):
            for kind in ("padded", "mixed", "ragged") if name != "sac" else ("padded", "ragged"):  # no jagged SAC
                subprocess.run([sys.executable, __file__, name, kind], check=True, stderr=subprocess.DEVNULL)
