"""A trained policy as an agent that plays any episode."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from agentworlds.decide.decisions import Decisions
from agentworlds.judge.verdict import Verdict
from agentworlds.train.batch import Texts
from agentworlds.train.checkpoint import load_policy
from agentworlds.train.collect import GREEDY, MOST_DECISIONS, How, choose
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.playing import Mind
from agentworlds.train.transcript import Transcript
from agentworlds.worlds.episode import Episode


class Trained:
    """Plays greedily by the policy of a run's folder.

    Raises:
        NotFound: the folder holds no policy.
        Incompatible: the policy is of another version.
    """

    def __init__(self, path: Path) -> None:
        torch.set_num_threads(1)
        policy, about = load_policy(path)
        self.name = f"{about['algo']}:{path.name}"
        self._how = GREEDY if about["by"] == "policy" else How(by="value")
        self._texts = Texts(make_encoder(about["encoder"]))
        self._mind = Mind(policy, self._texts, 1)

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent. Play is greedy, so the seed does not matter."""
        self._mind.forget()
        decisions = Decisions(episode)
        transcript = Transcript(decisions)
        random = np.random.Generator(np.random.PCG64(seed))
        while decisions.decision is not None and decisions.made < MOST_DECISIONS:
            transcript.look()
            (opinion,) = self._mind.consider([(0, transcript)])
            index, log_prob = choose(opinion, self._how, random)
            transcript.chose(index, log_prob, opinion.value)
            decisions.choose(index)
        return episode.finish()
