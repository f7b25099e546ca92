"""Networks with random weights for llama.cpp, and its forwards, through its C interface."""

import ctypes
import time

import llama_cpp as llama
import numpy
from gguf import GGMLQuantizationType, GGUFWriter

# Bytes of a block of 32 weights: a half-precision scale and the weights.
BLOCK_BYTES = {"Q8_0": 2 + 32, "Q4_0": 2 + 16}


def write(path, shape, kind, architecture="qwen3", seed=1):
    """A model file of this shape, its matrices of random blocks: `qwen3` with input and output embedding tied, or `llada`
    with an output head of its own."""
    random = numpy.random.default_rng(seed)
    is_llada = architecture == "llada"
    writer = GGUFWriter(path, architecture)
    writer.add_context_length(shape["context"])
    writer.add_embedding_length(shape["hidden"])
    writer.add_block_count(shape["layers"])
    writer.add_feed_forward_length(shape["ffn"])
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["kv-heads"])
    writer.add_key_length(shape["head-dim"])
    writer.add_value_length(shape["head-dim"])
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_vocab_size(shape["vocab"])
    writer.add_tokenizer_model("no_vocab")
    if is_llada:
        writer.add_causal_attention(False)
    drawn = {}

    def matrix(name, rows, columns):
        # The billions of LLaDA's weights are one matrix of each size over and over: little to draw and to hold.
        if not is_llada or (rows, columns) not in drawn:
            drawn[rows, columns] = blocks(rows, columns)
        writer.add_tensor(f"{name}.weight", drawn[rows, columns], raw_dtype=GGMLQuantizationType[kind])

    def blocks(rows, columns):
        data = random.integers(0, 256, (rows * columns // 32, BLOCK_BYTES[kind]), dtype=numpy.uint8)
        scale = numpy.float16(3**0.5 / columns**0.5 / (127 if kind == "Q8_0" else 8))
        data[:, :2] = numpy.frombuffer(scale.tobytes(), dtype=numpy.uint8)
        return data.reshape(rows, -1)

    def gain(name, width):
        writer.add_tensor(f"{name}.weight", numpy.ones(width, dtype=numpy.float32))

    hidden, ffn, width = shape["hidden"], shape["ffn"], shape["head-dim"]
    matrix("token_embd", shape["vocab"], hidden)
    gain("output_norm", hidden)
    if is_llada:
        matrix("output", shape["vocab"], hidden)
    for i in range(shape["layers"]):
        layer = f"blk.{i}."
        gain(layer + "attn_norm", hidden)
        matrix(layer + "attn_q", shape["heads"] * width, hidden)
        matrix(layer + "attn_k", shape["kv-heads"] * width, hidden)
        matrix(layer + "attn_v", shape["kv-heads"] * width, hidden)
        if not is_llada:
            gain(layer + "attn_q_norm", width)
            gain(layer + "attn_k_norm", width)
        matrix(layer + "attn_output", hidden, shape["heads"] * width)
        gain(layer + "ffn_norm", hidden)
        matrix(layer + "ffn_gate", ffn, hidden)
        matrix(layer + "ffn_up", ffn, hidden)
        matrix(layer + "ffn_down", hidden, ffn)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Network:
    """A loaded model with a context; logits are computed for the last token of a call only, or, as llama.cpp's diffusion
    program has it, for every token, each of which sees all others."""

    def __init__(self, path, threads, context, rows, diffusion=False):
        llama.llama_log_set(SILENT, None)
        parameters = llama.llama_model_default_params()
        self.model = llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}")
        options = llama.llama_context_default_params()
        options.n_ctx, options.n_batch, options.n_ubatch = context, rows, rows
        options.n_threads = options.n_threads_batch = threads
        self.context = llama.llama_init_from_model(self.model, options)
        self.batch = llama.llama_batch_init(rows, 0, 1)
        self.rows = rows
        self.diffusion = diffusion
        if diffusion:
            llama.llama_set_causal_attn(self.context, False)

    def decode(self, count, start):
        batch = self.batch
        batch.n_tokens = count
        for i in range(count):
            batch.token[i] = (start + i) * 31 % 1000
            batch.pos[i] = start + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = self.diffusion or i + 1 == count
        if llama.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama_decode failed")
        llama.llama_synchronize(self.context)

    def forget(self, position):
        llama.llama_memory_seq_rm(llama.llama_get_memory(self.context), 0, position, -1)

    def fill(self, count):
        self.forget(0)
        for start in range(0, count, self.rows):
            self.decode(min(self.rows, count - start), start)

    def milliseconds(self, rows, prefix, repetitions):
        """Of some forwards of `rows` tokens behind `prefix` others, after one that is not timed."""
        self.fill(prefix)
        times = []
        for repetition in range(repetitions + 1):
            begin = time.perf_counter()
            self.decode(rows, prefix)
            if repetition:
                times.append(1000 * (time.perf_counter() - begin))
            self.forget(prefix)
        return times

    def generation_seconds(self, tokens, prefix):
        """Of writing this many tokens, one a forward; the token that follows is not chosen, which costs nothing."""
        self.fill(prefix)
        begin = time.perf_counter()
        for i in range(tokens):
            self.decode(1, prefix + i)
        return time.perf_counter() - begin

    def close(self):
        llama.llama_batch_free(self.batch)
        llama.llama_free(self.context)
        llama.llama_model_free(self.model)


def instructions():
    """What llama.cpp was compiled to use, such as `AVX2 F16C FMA`."""
    parts = llama.llama_print_system_info().decode().replace("CPU :", "").split("|")
    return " ".join(part.split("=")[0].strip() for part in parts if "= 1" in part)


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def SILENT(level, text, data):
    pass
