"""The decision view: each step chooses one of the candidates of a decision."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from agentworlds.decide.decisions import Decisions
from agentworlds.decide.known import Candidate
from agentworlds.errors import Fault
from agentworlds.serve.gym_episodes import WorldEnv
from agentworlds.serve.gym_features import CANDIDATE, QUESTION, TEXT, candidate_features, text_features

MOST_CANDIDATES = 512
MOST_DECISIONS = 500
FURTHER = Candidate("show further candidates", "further", "schema", None)
"""Turns the page: of more candidates than actions none is out of reach, so that no right one can be cut off."""

Observation = dict[str, Any]
"""Arrays of floats from -1 to 1, by name."""


class DecisionEnv(WorldEnv[np.int64]):
    """A world as decisions: which tool, which value for each argument, when to finish.

    An action is the number of a candidate. ``info["action_mask"]`` says which numbers have one, ``info["decision"]``
    holds the texts, and the observation the same as hashed features. An action without a candidate changes nothing
    but the number of decisions made, and is told by ``info["invalid_action"]``.

    Where there are more candidates than actions, the last action of a page shows the next ones.

    An episode is truncated when its budget of calls is spent or `most_decisions` were made; it is then graded as it
    stands.

    Args:
        world: Its id, or the path of a script or a bundle.
        most_candidates: How many actions there are, at least 2.
        most_decisions: How many steps an episode has at most.
        **settings: As for `WorldEnv`.
    """

    def __init__(
        self, world: str | Path, *, most_candidates: int = MOST_CANDIDATES, most_decisions: int = MOST_DECISIONS,
        **settings: Any,
    ) -> None:  # fmt: skip
        if most_candidates < 2:
            raise ValueError(f"most_candidates: expected at least 2, got {most_candidates}")
        if most_decisions < 1:
            raise ValueError(f"most_decisions: expected at least 1, got {most_decisions}")
        super().__init__(world, **settings)
        self.most_candidates, self.most_decisions = most_candidates, most_decisions
        self.action_space = spaces.Discrete(most_candidates)
        shapes = {"candidates": (most_candidates, CANDIDATE), "question": (QUESTION,), "request": (TEXT,),
                  "result": (TEXT,), "spent": (2,)}  # fmt: skip
        self.observation_space = spaces.Dict({name: spaces.Box(-1.0, 1.0, shape) for name, shape in shapes.items()})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; ``options`` may name its ``task`` and ``world_seed``."""
        self.decisions = Decisions(self._start(seed, options))
        self._made = self._calls = self._first = 0
        self._chosen: Counter[tuple[str, str]] = Counter()
        self._result = ""
        return self._observation(), self._info(False)

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Choose a candidate.

        Raises:
            InvalidAction: for what is no number below `most_candidates`.
            ResetNeeded: when the episode is over.
            Fault: when the environment failed; such an episode is not scored.
        """
        episode = self._running()
        if not self.action_space.contains(action):
            raise InvalidAction(f"expected a whole number from 0 to {self.most_candidates - 1}, got {action!r}")
        page = self._page()
        self._made += 1
        reward, terminated = 0.0, False
        invalid = int(action) >= len(page)
        if not invalid:
            chosen = page[int(action)]
            if chosen is FURTHER:
                self._turn_page()
            else:
                self._chosen[chosen.kind, chosen.text] += 1
                reward, terminated = self._choose(self._first + int(action))
        if not episode.done and self._made >= self.most_decisions:
            reward += episode.apply("finish", {}).reward
        return self._observation(), float(reward), terminated, episode.done and not terminated, self._info(invalid)

    def _choose(self, index: int) -> tuple[float, bool]:
        """What a choice earned, and whether it ended the episode by finishing it."""
        episode = self.episode
        before = len(episode.steps)
        try:
            step = self.decisions.choose(index)
        except Fault:
            self.close()
            raise
        self._first = 0
        if step is None:
            return 0.0, False
        self._calls += 1
        self._result = step.text
        made = episode.steps[before:]
        earned = sum(one.reward for one in made)
        if step.done and not (made and made[-1].done):  # the end itself is no call
            earned += step.reward
        return earned, step.done and step.ok

    # Pages ----------------------------------------------------------------------------------------------

    def _page(self) -> list[Candidate]:
        """What the actions stand for now, in order."""
        candidates = self._candidates()
        if len(candidates) <= self.most_candidates:
            return candidates
        return [*candidates[self._first : self._first + self.most_candidates - 1], FURTHER]

    def _candidates(self) -> list[Candidate]:
        if self.episode.done:
            return []
        assert self.decisions.decision is not None
        return self.decisions.decision.candidates

    def _turn_page(self) -> None:
        self._first += self.most_candidates - 1
        if self._first >= len(self._candidates()):
            self._first = 0

    # What is seen ---------------------------------------------------------------------------------------

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions have a candidate, as sb3-contrib's MaskablePPO asks for them.

        Once the episode has ended the first action is open and does nothing, since no distribution can be made of
        an empty mask.
        """
        mask = np.zeros(self.most_candidates, dtype=np.bool_)
        mask[: max(len(self._page()), 1)] = True
        return mask

    def _asked(self) -> str:
        decision = self.decisions.decision
        return "" if decision is None else f"{decision.question} {decision.tool} {decision.about}"

    def _observation(self) -> Observation:
        candidates = np.zeros((self.most_candidates, CANDIDATE), dtype=np.float32)
        request, asked = self.decisions.known.request, self._asked()
        candidate_features(candidates, self._page(), request=request, asked=asked, calls=self._calls,
                           chosen=self._chosen)  # fmt: skip
        spent = len(self.episode.steps) / self.episode.budget, self._made / self.most_decisions
        return {
            "candidates": candidates,
            "question": text_features(asked, QUESTION).copy(),
            "request": text_features(request, TEXT).copy(),
            "result": text_features(self._result, TEXT).copy(),
            "spent": np.array(spent, dtype=np.float32).clip(0.0, 1.0),
        }

    def _info(self, invalid: bool) -> dict[str, Any]:
        decision, page = self.decisions.decision, self._page()
        return self._facts() | {
            "action_mask": self.action_masks().astype(np.int8),
            "invalid_action": invalid,
            "decision": {
                "question": decision.question if decision is not None and page else "",
                "tool": decision.tool if decision is not None and page else "",
                "about": decision.about if decision is not None and page else "",
                "candidates": tuple(one.text for one in page),
                "kinds": tuple(one.kind for one in page),
                "sources": tuple(one.source for one in page),
                "first": self._first,
                "of": len(self._candidates()),
            },
            "result": self._result,
        }

    def render(self) -> str | None:
        """As for every view, and then the decision with its candidates."""
        before, decision, page = super().render(), self.decisions.decision, self._page()
        if before is None or decision is None or not page:
            return before
        asked = f"{decision.tool} {decision.question}".strip()
        return "\n".join([before, "", f"? {asked}", *(f"{number}. {one.text}" for number, one in enumerate(page))])
