"""Makes code.json and gpt2.json: vocabularies trained by the Hugging Face `tokenizers` package (0.23), texts, and the ids
that it gives them. Run here, with `pip install tokenizers==0.23.*`; the texts come from this repository and a fixed seed."""
import json, pathlib, random, re
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers, decoders

here = pathlib.Path(__file__).parent
root = here.parents[2]
SWIFT = (root / "Sources/Tokenizers/PreTokenizer.swift").read_text()
CODE = "".join(re.findall(r'#"(.*?)"#', SWIFT.split("codePattern =")[1].split("///")[0]))
PYTHON = '''import os\n\n\ndef main(argv: list[str]) -> int:\n    """Runs it."""\n    for index, name in enumerate(argv[1:]):
        if name.startswith("--") and not os.path.exists(name):\n            self._x_pos[index] += 0x1F * 100  # why?\n\t\treturn None
    print(f"{index:>10} {name!r}")\n    return 12345\n\nclass Point:\n    def __init__(self, x, y):\n        self.x = x\n'''
corpus = [PYTHON] + [p.read_text() for p in sorted((root / "Sources/Common").glob("*.swift"))]

rng = random.Random(7)
PALETTE = list(" \t\n\r  \n    ..__''sstrevmldl09 7aZ#(=\":;<|") + [
    "\x00", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\xa0", "\u2028", "\u3000", "é", "e\u0301", "ß", "日本", "ю", "ª", "²", "½", "Ⅷ", "٣", "—",
    "€", "🙂", "👩‍💻", "\u200b", "\ufeff", "ǅ", "'s", "'ll", "'RE", " self", "return", "<|eos|>", "x_pos", "...", ".append"]
texts = ["", " ", "\n", "a", PYTHON, "for i in range(10):\n    x += i\n\n\n    y\n", "a" * 100, " " * 100, "aé" * 60, "\u3000" * 50]
texts += ["".join(rng.choice(PALETTE) for _ in range(rng.randint(1, 40))) for _ in range(200)]

for name in ("code", "gpt2"):
    t = Tokenizer(models.BPE())
    t.decoder = decoders.ByteLevel()
    if name == "code":
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CODE), "isolated"), byte_level])
    else:
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<|bos|>", "<|eos|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    parsed = [e.ids for e in t.encode_batch(texts)]
    t.encode_special_tokens = True
    plain = [e.ids for e in t.encode_batch(texts)]
    t.encode_special_tokens = False
    fixture = {"tokenizer": json.dumps(json.loads(t.to_str()), separators=(",", ":")), "texts": texts, "ids": plain, "parsed": parsed}
    (here / f"{name}.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
