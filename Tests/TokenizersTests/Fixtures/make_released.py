"""Makes released.json: small tokenizers laid out as those of released models, texts, and what the Hugging Face `tokenizers`
package (0.23) makes of them. Run here, with `pip install tokenizers==0.23.*` and the folder of common test data (whose
tokenizers were trained for this project) beside the checkout or in CINNABAR_SHARED. `make_released.py COUNT FOLDER` writes
COUNT texts for each tokenizer, and the whole tokenizers, to a folder instead, for a longer comparison."""
import copy, json, os, pathlib, random, sys
from tokenizers import Tokenizer

here = pathlib.Path(__file__).parent
root = here.parents[2]
shared = [pathlib.Path(p) for p in [os.environ.get("CINNABAR_SHARED", ""), root.parent / "shared", root.parents[1] / "shared"] if p]
source = next(p for p in shared if p.exists()) / "fixtures/parity/tokenizers"
bases = {name: json.loads((source / name / "tokenizer.json").read_text()) for name in ("qwen2", "llama3", "llada2")}

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
DIGITS = {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTES]}
NFC = {"type": "Sequence", "normalizers": [{"type": "NFC"}]}


def added(first, *tokens):
    flags = {"n": "normalized", "s": "special", "l": "lstrip", "r": "rstrip", "w": "single_word"}
    return [dict({name: key in letters for key, name in flags.items()}, id=first + i, content=text)
            for i, (text, letters) in enumerate(tokens)]


ODD = added(1400, ("<a>", ""), ("<a>b", "s"), ("<n>", "n"), (" ", "r"), ("\n\n", "rn"), ("é", "n"), ("e\u0301x", "n"), ("wört", "w"),
            ("def", "wn"), ("<l>", "ln"), ("<L>", "ls"), ("<lr>", "lrn"), ("<R>", "rs"), ("\u3000", "lr"), ("Ġq", ""), ("ab", "sn"))
next_id = 1400
for token in ODD:  # Those of the vocabulary keep their ids.
    token["id"] = bases["llama3"]["model"]["vocab"].get(token["content"], next_id)
    next_id += token["id"] == next_id
TEMPLATE = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<a>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "!", "type_id": 0}}, {"SpecialToken": {"id": "<a>", "type_id": 0}}], "pair": [],
            "special_tokens": {"<a>": {"id": "<a>", "ids": [1400], "tokens": ["<a>"]}, "!": {"id": "!", "ids": [0], "tokens": ["!"]}}}
TEMPLATE["pair"] = TEMPLATE["single"] + [{"Sequence": {"id": "B", "type_id": 0}}]
AWAY = {"Ã": "ĀĀĀ", "Ī": "ĀĀĀĀ", "Z": "ĀĀĀĀĀ"}
# (name, base, other top-level members, other options of the model, tokens that get another text)
VARIANTS = [
    ("qwen2", "qwen2", {}, {}, {}), ("llama3", "llama3", {}, {}, {}), ("llada2", "llada2", {}, {}, {}),
    ("gpt2", "llada2", {"pre_tokenizer": BYTES}, {}, {}),
    ("smollm", "llada2", {"pre_tokenizer": DIGITS, "normalizer": None}, {}, {}),
    ("odd", "llama3", {"added_tokens": ODD, "normalizer": NFC, "post_processor": TEMPLATE}, {}, {}),
    ("unknown", "llada2", {}, {"unk_token": "Ġ", "fuse_unk": False}, AWAY),
    ("fused", "llada2", {}, {"unk_token": "!", "fuse_unk": True}, AWAY),
    ("fallback", "llada2", {}, {"unk_token": "!", "byte_fallback": True}, {"Z": "ĀĀĀ", "Q": "<0x5A>"}),
]


def variant(base, members, options, renamed):
    file = copy.deepcopy(bases[base])
    file.update(copy.deepcopy(members))
    model = file["model"]
    model.update(options)
    model["vocab"] = {renamed.get(text, text): i for text, i in model["vocab"].items()}
    model["merges"] = [m for m in model["merges"] if not any(text in m[0] + m[1] for text in renamed)]
    return file


BLANKS = [" ", "  ", "    ", "\t", "\n", "\r\n", "\r", "\n\n", "\x0b", "\x0c", "\x85", "\xa0", "\u2009", "\u2028", "\u3000", "\u200b", "\ufeff"]
WORDS = ["def", "self", "return", "a", "Z", "x_1", "naïve", "wört", "Ünï", "日本語", "слово", "ελ", "한국", "नमस्ते", "ﬁ", "ǅ", "ß", "İ", "ᴬ", "ab",
         "1", "12", "1234567", "²", "½", "Ⅷ", "٣٤", "०", "𝟘", "〇"]
SIGNS = list("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~") + ["...", "==", "->", "//", "—", "€", "🙂", "👩‍💻", "🇺🇳", "\x00", "\x7f", "\ufffd", "\U000e0001", "\ufdd0"]
SHORT = ["'s", "'S", "'t", "'T", "'re", "'RE", "'rE", "'ve", "'m", "'ll", "'Ll", "'d", "'ſ", "’s", "'x", "''", "'l", "'r", "s", "ll"]
MARKS = ["\u0301", "\u0300", "\u0308", "\u0323", "\u0345", "\u0338", "e\u0301", "e", "o\u0302\u0301", "A\u030a", "\u212b", "\u2126", "\u1100\u1161\u11a8",
         "\u0958", "\u0f73", "\u0f71", "\u0334", "\u0315", "\u09c7\u09be", "\U0001d15e", "\u0344", "\u1715", "\u08d3", "\u3099", "か"]
ranges = [(0x20, 0x7F), (0x80, 0x250), (0x300, 0x370), (0x370, 0x600), (0x600, 0x1000), (0x1000, 0x2000), (0x2000, 0x3100), (0x4E00, 0x4F00), (0xA000, 0xD7FF),
          (0xE000, 0x10000)]


def text(rng, tokens):
    """Letters beyond U+FFFF have no mark after them: see Normalizer.swift."""
    kinds = [BLANKS, BLANKS, WORDS, WORDS, SIGNS, SHORT, MARKS, tokens, tokens]
    parts = []
    for _ in range(rng.randint(1, rng.choice([4, 12, 30]))):
        kind = rng.randrange(12)
        if kind < 9:
            part = rng.choice(kinds[kind])
        elif kind == 9:
            part = rng.choice(tokens)[: rng.randint(1, 8)]
        elif kind == 10:
            part = chr(rng.randrange(*rng.choice(ranges)))
        else:
            part = chr(rng.choice([rng.randrange(0x10000, 0x20000), rng.randrange(0x20000, 0x110000)])) + rng.choice("a1 !'\n")
        parts.append(part if not rng.randrange(9) == 0 else part * rng.randint(2, 5))
    result = "".join(parts)
    return "".join(c for i, c in enumerate(result) if i == 0 or result[i - 1] < "\U00010000" or c < "\u0300")


def vectors(file, count, rng):
    t = Tokenizer.from_str(json.dumps(file))
    contents = [token["content"] for token in file["added_tokens"]]
    assert all(t.token_to_id(token["content"]) == token["id"] for token in file["added_tokens"])
    cases = []
    for _ in range(count):
        s = text(rng, contents)
        e = t.encode(s, add_special_tokens=False).ids
        case = {"text": s, "ids": e, "decoded": t.decode(e, skip_special_tokens=False), "skipped": t.decode(e)}
        framed = t.encode(s).ids
        t.encode_special_tokens = True
        plain = t.encode(s, add_special_tokens=False).ids
        t.encode_special_tokens = False
        if framed != e: case["framed"] = framed
        if plain != e: case["plain"] = plain
        some = [rng.randrange(0, max(file["model"]["vocab"].values()) + 1) for _ in range(rng.randint(1, 6))]
        case["some"], case["text_of_some"] = some, t.decode(some, skip_special_tokens=False)
        cases.append(case)
    return cases


if len(sys.argv) > 2:
    folder = pathlib.Path(sys.argv[2])
    for name, *rest in VARIANTS:
        file = variant(*rest)
        (folder / f"{name}.tokenizer.json").write_text(json.dumps(file))
        cases = vectors(file, int(sys.argv[1]), random.Random(name + "x"))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))
else:
    # Each base is there once; a variant says what is different.
    fixture = {"bases": {name: json.dumps(file, separators=(",", ":"), ensure_ascii=False) for name, file in bases.items()}, "variants": []}
    for name, base, members, options, renamed in VARIANTS:
        file = variant(base, members, options, renamed)
        fixture["variants"].append({"name": name, "base": base, "members": members, "options": options, "renamed": renamed,
                                    "cases": vectors(file, 40, random.Random(name))})
    (here / "released.json").write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=False) + "\n")
