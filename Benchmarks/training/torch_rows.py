"""Rows that `cinnabar bench-train --dump` wrote, as tensors for PyTorch."""

import json
from dataclasses import dataclass, field

import torch

MASKED, REPLACED, VISIBLE, IGNORED = range(4)
KINDS = ("next", "masked", "replaced", "visible", "transition")
TRANSITION = 4


@dataclass
class Span:
    """One document of a row: its clean tokens and then the tokens of its canvases, neighbours in the packed batch."""

    start: int
    clean: int
    length: int
    # What its canvas tokens see of the document, as a term of the scores: [canvas tokens, length].
    mask: torch.Tensor | None


@dataclass
class Batch:
    """Some rows of a step without padding. Weights are those of the whole step, so that parts of it add up."""

    tokens: torch.Tensor
    positions: torch.Tensor
    canvas: torch.Tensor  # 1 for canvas tokens, [tokens, 1]
    spans: list[Span]
    clean_rows: torch.Tensor  # supervised clean tokens
    canvas_rows: torch.Tensor  # supervised canvas tokens
    transition_rows: torch.Tensor  # masked canvas tokens in view of the token before
    previous: torch.Tensor  # that token
    targets: torch.Tensor  # of clean_rows, then canvas_rows, then transition_rows
    weights: torch.Tensor
    kinds: torch.Tensor
    verdict_rows: torch.Tensor
    verdicts: torch.Tensor
    verdict_weights: torch.Tensor
    # For attention over whole padded rows: packed index of each place, place of each token, term of the scores.
    padded_index: torch.Tensor | None = None
    padded_place: torch.Tensor | None = None
    padded_mask: torch.Tensor | None = None


@dataclass
class Step:
    rows: list[dict] = field(default_factory=list)

    @property
    def clean_tokens(self):
        return sum(len(row["tokens"]) for row in self.rows)


@dataclass
class Phase:
    name: str
    weights: dict
    steps: list[Step] = field(default_factory=list)


def read(path):
    """The phases of a dump, by name."""
    phases = {}
    with open(path) as file:
        for line in map(json.loads, file):
            if "phase" in line:
                phase = phases[line["phase"]] = Phase(line["phase"], line["weights"])
                continue
            while len(phase.steps) <= line["step"]:
                phase.steps.append(Step())
            phase.steps[line["step"]].rows.append(line)
    return phases


def batches(step, weights, rows_per_batch, padded):
    """Cuts a step into batches. Each part of the loss is a mean over its own tokens of the step; the detector's right
    and wrong tokens have equal mass."""
    if weights["sharpen"]:
        raise SystemExit("phases with the certainty term are not supported here")
    counts, verdicts = [0] * 5, [0, 0]
    for row in step.rows:
        counts[0] += sum(weight > 0 for weight in row["next_token_weight"])
        for canvas in row["canvases"]:
            for j, role in enumerate(canvas["roles"]):
                counts[TRANSITION] += _has_previous(canvas, j)
                if role != IGNORED:
                    counts[role + 1] += 1
                if role in (REPLACED, VISIBLE):
                    verdicts[role == VISIBLE] += 1
    factors = [weights[kind] / count if count else 0 for kind, count in zip(KINDS, counts)]
    balance = [0.5 * weights["detector"] / count if count else 0 for count in verdicts]
    return [
        _batch(step.rows[i : i + rows_per_batch], factors, balance, padded)
        for i in range(0, len(step.rows), rows_per_batch)
    ]


def _has_previous(canvas, j):
    return canvas["roles"][j] == MASKED and canvas["start"] + j > canvas["segment_start"]


def _batch(rows, factors, balance, padded):
    tokens, positions, canvas_flag, spans = [], [], [], []
    clean, canvas, verdicts = [], [], []  # (packed row, target, weight, kind); (packed row, is right, weight)
    transitions = []  # (packed row, target, weight, kind, token before)
    pads = []
    for row in rows:
        first = len(tokens)
        starts = row["segment_start"]
        visible = []  # of the row: (document, clean tokens seen, canvas) for each token
        ends = {start: i + 1 for i, start in enumerate(starts)}
        for start, end in ends.items():
            base = len(tokens)
            for i in range(start, end):
                weight = row["next_token_weight"][i] * factors[0]
                if weight > 0:
                    clean.append((len(tokens), row["tokens"][i + 1], weight, 0))
                tokens.append(row["tokens"][i])
                positions.append(i - start)
                canvas_flag.append(0)
                visible.append((start, i + 1 - start, -1))
            length = end - start
            seen = []  # of the document's canvas tokens: clean tokens seen, first and end of the canvas
            for number, c in enumerate(row["canvases"]):
                if c["segment_start"] != start:
                    continue
                size, at = len(c["tokens"]), c["start"] - start
                for j, role in enumerate(c["roles"]):
                    here = len(tokens)
                    if role != IGNORED and factors[role + 1] > 0:
                        canvas.append((here, c["targets"][j], factors[role + 1], role + 1))
                    if _has_previous(c, j) and factors[TRANSITION] > 0:
                        before = c["targets"][j - 1] if j else row["tokens"][c["start"] - 1]
                        transitions.append((here, c["targets"][j], factors[TRANSITION], TRANSITION, before))
                    if role in (REPLACED, VISIBLE) and balance[1] + balance[0] > 0:
                        verdicts.append((here, role == VISIBLE, balance[role == VISIBLE]))
                    tokens.append(c["tokens"][j])
                    positions.append(at + j)
                    canvas_flag.append(1)
                    visible.append((start, at, number))
                seen += [(at, length, length + size)] * size
                length += size
            spans.append(Span(base, end - start, length, _canvas_mask(seen, length)))
        pads.append((first, visible))
    batch = Batch(
        torch.tensor(tokens),
        torch.tensor(positions),
        torch.tensor(canvas_flag, dtype=torch.float32)[:, None],
        spans,
        *(torch.tensor([t[0] for t in part], dtype=torch.long) for part in (clean, canvas, transitions)),
        torch.tensor([t[4] for t in transitions], dtype=torch.long),
        torch.tensor([t[1] for t in clean + canvas + transitions]),
        torch.tensor([t[2] for t in clean + canvas + transitions]),
        torch.tensor([t[3] for t in clean + canvas + transitions]),
        torch.tensor([v[0] for v in verdicts], dtype=torch.long),
        torch.tensor([float(v[1]) for v in verdicts]),
        torch.tensor([v[2] for v in verdicts], dtype=torch.float32),
    )
    if padded:
        _pad(batch, pads)
    return batch


def _score_term(allowed):
    return torch.zeros(allowed.shape, dtype=torch.bfloat16).masked_fill_(~allowed, float("-inf"))


def _canvas_mask(seen, length):
    if not seen:
        return None
    bounds = torch.tensor(seen)
    key = torch.arange(length)
    allowed = (key < bounds[:, :1]) | ((key >= bounds[:, 1:2]) & (key < bounds[:, 2:]))
    return _score_term(allowed)


def _pad(batch, rows):
    width = max(len(visible) for _, visible in rows)
    index = torch.zeros(len(rows), width, dtype=torch.long)
    masks, place = [], []
    for number, (first, visible) in enumerate(rows):
        count = len(visible)
        index[number, :count] = torch.arange(first, first + count)
        place += range(number * width, number * width + count)
        document, seen, canvas = (torch.tensor(column) for column in zip(*visible))
        same = document[:, None] == document[None, :]
        # A clean key stands at the place `seen - 1` of its document.
        clean = same & (canvas[None, :] < 0) & (seen[None, :] <= seen[:, None])
        own = same & (canvas[:, None] >= 0) & (canvas[:, None] == canvas[None, :])
        allowed = torch.eye(width, dtype=torch.bool)  # padding sees itself: no row of scores is empty
        allowed[:count, :count] = clean | own
        masks.append(_score_term(allowed))
    batch.padded_index = index
    batch.padded_place = torch.tensor(place)
    batch.padded_mask = torch.stack(masks)[:, None]
