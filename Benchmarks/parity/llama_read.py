"""Has llama.cpp read the GGUF files that `cinnabar convert` writes from parity fixtures, and compares its logits with theirs.

    python3 -m venv /tmp/llama && /tmp/llama/bin/pip install llama-cpp-python numpy
    /tmp/llama/bin/python Benchmarks/parity/llama_read.py Tests/EvaluationTests/Fixtures/parity

Each folder with a cases.json below the named ones is converted, loaded and run over the tokens of all its cases, under the
attention that its facts name. One line a folder: the largest difference of logits, or what `convert` or llama.cpp says
against it. The exit status is 1 if llama.cpp does not load a file or differs by more than --tolerance.
"""

import argparse
import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import llama_cpp as llama
import numpy

ROOT = Path(__file__).resolve().parents[2]
# The same layers under a name that both programs know: no other fixture has Llama's order of rows without scaled positions.
STOCK = {"ILLaDAModelLM": ("LlamaForCausalLM", "llama"), "A2DQwen3LMHeadModel": ("Qwen3ForCausalLM", "qwen3")}
SPECIAL = 8  # the last ids of a fixture's vocabulary


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, help="fixtures, or folders of fixtures")
    parser.add_argument("--cinnabar", default=ROOT / ".build/release/cinnabar", type=Path, help="the program")
    parser.add_argument("--numbers", default="fp32", help="of the GGUF files, as in `cinnabar convert`")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="of logits in fp32 (values go up to about 15)")
    return parser.parse_args()


def tensors(path):
    """Those of a safetensors file that hold int32 or float32."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    types = {"I32": numpy.int32, "F32": numpy.float32}
    return {
        name: numpy.frombuffer(data[8 + size:][slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in json.loads(data[8 : 8 + size]).items()
        if entry.get("dtype") in types
    }


def tokenizer(size):
    """A byte-level vocabulary of exactly this many tokens, since fixtures have none and a GGUF file must."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = [chr(code) for code in printed + list(range(256, 256 + 68))][: size - SPECIAL]
    added = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return {
        "version": "1.0",
        "added_tokens": [{"id": i, "content": f"<|{i}|>", **added} for i in range(size - SPECIAL, size)],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
        "decoder": level,
        # Small vocabularies do not hold all bytes.
        "model": {"type": "BPE", "unk_token": characters[0], "vocab": {c: i for i, c in enumerate(characters)}, "merges": []},
    }


def convert(options, fixture, work):
    """The GGUF file; raises what `convert` says against it."""
    folder = work / fixture.name
    shutil.copytree(fixture, folder, ignore=shutil.ignore_patterns("cases.*"), copy_function=shutil.copyfile)
    config = json.loads((folder / "config.json").read_text())
    for name, (stock, kind) in STOCK.items():
        if name in config["architectures"]:
            config |= {"architectures": [stock], "model_type": kind}
            (folder / "config.json").write_text(json.dumps(config))
    if not (folder / "tokenizer.json").exists():
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer(config["vocab_size"])))
    target = work / f"{fixture.name}.gguf"
    command = [options.cinnabar, "convert", folder, "--output", target, "--numbers", options.numbers]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise ValueError("not converted: " + done.stderr.strip().split(";")[0].removeprefix("cinnabar: "))
    return target


class Reader:
    """A file in llama.cpp, with exact numbers wherever there is a choice."""

    def __init__(self, path, causal):
        ERRORS.clear()
        parameters = llama.llama_model_default_params()
        self.model = llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise RuntimeError("llama.cpp does not load it: " + ERRORS[0])
        options = llama.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = 256
        options.n_threads = options.n_threads_batch = 1
        options.flash_attn_type = 0
        options.type_k = options.type_v = 0  # float32
        self.context = llama.llama_init_from_model(self.model, options)
        llama.llama_set_causal_attn(self.context, causal)
        self.batch = llama.llama_batch_init(256, 0, 1)

    def logits(self, tokens):
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)
        self.batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            self.batch.token[i], self.batch.pos[i] = token, i
            self.batch.n_seq_id[i], self.batch.seq_id[i][0], self.batch.logits[i] = 1, 0, True
        if llama.llama_decode(self.context, self.batch) != 0:
            raise RuntimeError("llama_decode failed: " + ERRORS[0])
        width = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        return numpy.ctypeslib.as_array(llama.llama_get_logits(self.context), (len(tokens), width)).copy()

    def close(self):
        llama.llama_batch_free(self.batch)
        llama.llama_free(self.context)
        llama.llama_model_free(self.model)


ERRORS = []


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def collect(level, text, data):
    if level == 4:
        ERRORS.append(text.decode(errors="replace").strip())


def difference(options, fixture, work):
    cases = json.loads((fixture / "cases.json").read_text())
    attention = cases["model"]["attention"]
    if attention not in ("full", "causal"):
        raise ValueError(f"not compared: llama.cpp has no mask of the kind '{attention}'")
    expected = tensors(fixture / "cases.safetensors")
    reader = Reader(convert(options, fixture, work), causal=attention == "causal")
    largest = 0
    for case in cases["logits"]:
        for ids, wanted in zip(expected[case["input_ids"]], expected[case["logits"]]):
            largest = max(largest, numpy.abs(reader.logits(ids.tolist()) - wanted).max())
    reader.close()
    return largest


def main():
    options = arguments()
    llama.llama_log_set(collect, None)
    failed = False
    for fixture in sorted({path.parent for folder in options.folders for path in folder.rglob("cases.json")}):
        with tempfile.TemporaryDirectory() as work:
            try:
                largest = difference(options, fixture, Path(work))
                failed |= not largest <= options.tolerance
                print(f"{fixture.name}: {largest:.2g}", flush=True)
            except ValueError as reason:
                print(f"{fixture.name}: {reason}", flush=True)
            except RuntimeError as reason:
                failed = True
                print(f"{fixture.name}: {reason}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
