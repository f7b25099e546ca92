"""The network of `Sources/Training/Network` in PyTorch, in several forms of the same mathematics."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
flash_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


@dataclass(frozen=True)
class Variant:
    """A way to run the network."""

    name: str
    attention: str  # padded: whole rows and a dense mask; documents: two calls for each document of the packed batch
    head: str  # whole: all logits at once; chunks: losses and gradients of some rows at a time
    compiled: bool
    rows: int  # rows of one forward and backward; gradients of a step are summed


class Network:
    """Parameters by the names of the model folder; query, key and value are one matrix, as are gate and up."""

    def __init__(self, folder):
        folder = Path(folder)
        self.config = c = json.loads((folder / "config.json").read_text())
        tensors = read_safetensors(folder / "model.safetensors")
        get = lambda name: tensors[f"model.{name}"]
        self.parameters = {
            "embedding": get("embed_tokens.weight"),
            "canvas_embedding": get("canvas_embedding"),
            "norm": get("norm.weight"),
            "canvas_norm": get("canvas_norm.weight"),
            "detector": get("detector.weight"),
            "detector_bias": get("detector.bias"),
        }
        if c.get("transition_rank"):
            self.parameters |= {f"transition_{n}": get(f"transition.{n}.weight") for n in ("previous", "next")}
        for i in range(c["num_hidden_layers"]):
            layer = lambda name: get(f"layers.{i}.{name}.weight")
            attention = lambda name: layer(f"self_attn.{name}")
            self.parameters |= {
                f"{i}.input_norm": layer("input_layernorm"),
                f"{i}.qkv": torch.cat([attention(f"{n}_proj") for n in "qkv"]),
                f"{i}.q_norm": attention("q_norm"),
                f"{i}.k_norm": attention("k_norm"),
                f"{i}.output": attention("o_proj"),
                f"{i}.post_norm": layer("post_attention_layernorm"),
                f"{i}.gate_up": torch.cat([layer("mlp.gate_proj"), layer("mlp.up_proj")]),
                f"{i}.down": layer("mlp.down_proj"),
            }
        self.initial = {name: value.clone() for name, value in self.parameters.items()}
        for value in self.parameters.values():
            value.requires_grad_()
        self.heads, self.kv_heads, self.width = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        self.eps = c["rms_norm_eps"]
        angles = torch.arange(c["max_position_embeddings"], dtype=torch.float64)[:, None] * c["rope_theta"] ** (
            -2 * torch.arange(self.width // 2, dtype=torch.float64) / self.width
        )
        self.cosine, self.sine = angles.cos().float(), angles.sin().float()
        self.enter_compiled = torch.compile(self.enter, dynamic=True)
        self.leave_compiled = torch.compile(self.leave, dynamic=True)

    def reset(self):
        with torch.no_grad():
            for name, value in self.parameters.items():
                value.copy_(self.initial[name])
                value.grad = None

    def enter(self, x, norm, qkv, q_norm, k_norm, cosine, sine):
        """Norm, query, key and value, their norm and rotation: three tensors of [tokens, heads, width] in bf16."""
        fused = F.linear(F.rms_norm(x, x.shape[-1:], norm, self.eps), qkv).view(x.shape[0], -1, self.width)
        q, k, v = fused.split([self.heads, self.kv_heads, self.kv_heads], 1)

        def rotate(y, gain):
            a, b = F.rms_norm(y.float(), (self.width,), gain, self.eps).chunk(2, -1)
            return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1).to(torch.bfloat16)

        group = self.heads // self.kv_heads
        k = rotate(k, k_norm).repeat_interleave(group, 1)
        return rotate(q, q_norm), k, v.to(torch.bfloat16).repeat_interleave(group, 1)

    def leave(self, x, attended, output, norm, gate_up, down):
        """What follows attention in a layer."""
        x = x + F.linear(attended, output)
        gate, up = F.linear(F.rms_norm(x, x.shape[-1:], norm, self.eps), gate_up).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, down)

    def hidden(self, batch, variant):
        p = self.parameters
        enter, leave = (self.enter_compiled, self.leave_compiled) if variant.compiled else (self.enter, self.leave)
        x = F.embedding(batch.tokens, p["embedding"])
        if batch.canvas_rows.numel():
            x = x + batch.canvas * p["canvas_embedding"]
        cosine, sine = (table[batch.positions][:, None] for table in (self.cosine, self.sine))
        for i in range(self.config["num_hidden_layers"]):
            q, k, v = enter(
                x, *(p[f"{i}.{n}"] for n in ("input_norm", "qkv", "q_norm", "k_norm")), cosine, sine
            )
            if variant.attention == "padded":
                attended = padded_attention(q, k, v, batch)
            else:
                attended = DocumentAttention.apply(q, k, v, batch.spans)
            x = leave(
                x, attended.flatten(1), *(p[f"{i}.{n}"] for n in ("output", "post_norm", "gate_up", "down"))
            )
        return x

    def loss(self, batch, variant):
        """The weighted loss, and per supervised token its loss and per verdict the detector's (both detached)."""
        p = self.parameters
        x = self.hidden(batch, variant)
        norm = lambda rows, gain: F.rms_norm(x[rows], x.shape[-1:], gain, self.eps)
        h = norm(batch.clean_rows, p["norm"])
        if batch.canvas_rows.numel():
            h = torch.cat([h, norm(batch.canvas_rows, p["canvas_norm"])])
        count = len(h)
        total, losses = head(h, p["embedding"], batch.targets[:count], batch.weights[:count], variant)
        if batch.transition_rows.numel() and "transition_next" in p:
            # One product with both tables side by side is the sum of their scores.
            h = torch.cat([norm(batch.transition_rows, p["canvas_norm"]), p["transition_previous"][batch.previous]], 1)
            tables = torch.cat([p["embedding"], p["transition_next"]], 1)
            more, further = head(h, tables, batch.targets[count:], batch.weights[count:], variant)
            total, losses = total + more, torch.cat([losses, further])
        verdicts = None
        if batch.verdict_rows.numel():
            score = (norm(batch.verdict_rows, p["canvas_norm"]) * p["detector"]).sum(-1) + p["detector_bias"]
            verdicts = F.binary_cross_entropy_with_logits(score, batch.verdicts, reduction="none")
            total = total + (verdicts * batch.verdict_weights).sum()
            verdicts = verdicts.detach()
        return total, losses.detach(), verdicts


def head(h, table, targets, weights, variant):
    """The weighted loss of some rows and the loss of each."""
    if variant.head == "chunks":
        return ChunkedHead.apply(h, table, targets, weights)
    losses = F.cross_entropy(F.linear(h, table), targets, reduction="none").float()
    return (losses * weights).sum(), losses


def read_safetensors(path):
    data = bytearray(Path(path).read_bytes())
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    kinds = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}
    return {
        name: torch.frombuffer(
            data,
            dtype=kinds[t["dtype"]],
            count=(t["data_offsets"][1] - t["data_offsets"][0]) // kinds[t["dtype"]].itemsize,
            offset=8 + size + t["data_offsets"][0],
        ).reshape(t["shape"]).float()
        for name, t in header.items()
    }


def padded_attention(q, k, v, batch):
    q, k, v = (y[batch.padded_index].transpose(1, 2) for y in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=batch.padded_mask)
    return out.transpose(1, 2).flatten(0, 1)[batch.padded_place]


class DocumentAttention(torch.autograd.Function):
    """PyTorch's fused attention on each document of a packed batch: one causal call for its clean tokens and one with a
    mask for its canvases. Nothing is padded, and no score across documents is computed."""

    @staticmethod
    def calls(spans):
        for s in spans:
            yield slice(s.start, s.start + s.clean), slice(s.start, s.start + s.clean), True, None
            if s.mask is not None:
                end = s.start + s.length
                yield slice(s.start + s.clean, end), slice(s.start, end), False, s.mask

    @staticmethod
    def heads_first(y, rows):
        return y[rows].transpose(0, 1)[None]

    @staticmethod
    def forward(ctx, q, k, v, spans):
        at = DocumentAttention.heads_first
        out = torch.empty_like(q)
        sums = []
        for queries, keys, causal, mask in DocumentAttention.calls(spans):
            part, lse = flash(at(q, queries), at(k, keys), at(v, keys), 0.0, causal, attn_mask=mask)
            at(out, queries).copy_(part)
            sums.append((part, lse))
        ctx.save_for_backward(q, k, v)
        ctx.spans, ctx.sums = spans, sums
        return out

    @staticmethod
    def backward(ctx, gradient):
        at = DocumentAttention.heads_first
        q, k, v = ctx.saved_tensors
        dq, dk, dv = (torch.empty_like(y) for y in (q, k, v))
        for (queries, keys, causal, mask), (out, lse) in zip(DocumentAttention.calls(ctx.spans), ctx.sums):
            parts = flash_backward(
                at(gradient, queries), at(q, queries), at(k, keys), at(v, keys), out, lse, 0.0, causal, attn_mask=mask
            )
            at(dq, queries).copy_(parts[0])
            for whole, part in zip((dk, dv), parts[1:]):
                if causal:
                    at(whole, keys).copy_(part)
                    continue
                # Keys of the canvases themselves, then those of the clean tokens, which already have a gradient.
                clean = part.shape[2] - (queries.stop - queries.start)
                at(whole, queries).copy_(part[:, :, clean:])
                at(whole, slice(keys.start, keys.start + clean)).add_(part[:, :, :clean])
        return dq, dk, dv, None


class ChunkedHead(torch.autograd.Function):
    """Logits and cross-entropy of some rows at a time, gradients included, so that logits stay in the cache."""

    CHUNK = 512

    @staticmethod
    def forward(ctx, h, embedding, targets, weights):
        e = embedding.to(torch.bfloat16)
        h = h.to(torch.bfloat16)
        dh, de = torch.empty_like(h), torch.zeros(embedding.shape)
        losses = []
        for part in range(0, len(h), ChunkedHead.CHUNK):
            rows = slice(part, part + ChunkedHead.CHUNK)
            logits = (h[rows] @ e.t()).float()
            lse = logits.logsumexp(-1, keepdim=True)
            target = targets[rows, None]
            losses.append((lse - logits.gather(1, target))[:, 0])
            weight = weights[rows, None]
            d = logits.sub_(lse).exp_().mul_(weight)
            d = d.scatter_add_(1, target, -weight).to(torch.bfloat16)
            torch.mm(d, e, out=dh[rows])
            de += d.t() @ h[rows]
        losses = torch.cat(losses)
        ctx.save_for_backward(dh, de)
        ctx.mark_non_differentiable(losses)
        return (losses * weights).sum(), losses

    @staticmethod
    def backward(ctx, gradient, _):
        dh, de = ctx.saved_tensors
        return dh * gradient, de * gradient, None, None
