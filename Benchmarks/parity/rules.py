"""Decoding rules, written from their descriptions: each returns the text before the first forward and after every one."""

import numpy
from backbone import block_causal, causal, causal_prefix, entropy, full, probability


def autoregressive(oracle, prompt, count, margin):
    states = [list(prompt)]
    for _ in range(count):
        text = states[-1]
        states.append(text + [margin.token(oracle.logits(text, causal(len(text)))[-1])])
    return states


def shifted(logits):
    """The row that predicts a position stands before it; the first row serves two."""
    return [logits[max(0, i - 1)] for i in range(len(logits))]


def whole_text(oracle, prompt, count, mask_id, shift, counts, score, margin):
    """Full attention; step i writes the `counts(i, masks left)` masks of the highest score."""
    text = list(prompt) + [mask_id] * count
    states = [list(text)]
    step = 0
    while mask_id in text:
        logits = oracle.logits(text, full(len(text)))
        rows = shifted(logits) if shift else list(logits)
        masks = [i for i, token in enumerate(text) if token == mask_id]
        chosen = margin.first([score(rows[i]) for i in masks], counts(step, len(masks)))
        for i in chosen:
            text[masks[i]] = margin.token(rows[masks[i]])
        states.append(list(text))
        step += 1
    return states


def entropy_keep(oracle, prompt, count, mask_id, steps, margin):
    """RND1: after step i of n the masks of the highest entropy stay, the share 1 - i/n of all, cut to a whole number."""

    def counts(step, left):
        # A tensor times a number: fp32.
        stay = int(numpy.float32(count) * numpy.float32((steps - 1 - step) / steps))
        return max(0, left - stay)

    return whole_text(oracle, prompt, count, mask_id, True, counts, lambda row: -entropy(row), margin)


def time_steps(oracle, prompt, count, mask_id, steps, score, margin, shift=True, epsilon=1e-3):
    """Dream: int(masks left * (1 - s/t)) on time steps from 1 to epsilon, all at the last one."""
    times = numpy.linspace(1, epsilon, steps + 1)

    def counts(step, left):
        if step + 1 >= steps:
            return left
        exact = left * (1 - times[step + 1] / times[step])
        assert abs(exact - round(exact)) > 1e-4 or exact < 1e-9
        return int(exact)

    return whole_text(oracle, prompt, count, mask_id, shift, counts, score, margin)


def even(count, steps):
    return [count // steps + (i < count % steps) for i in range(steps)]


def low_confidence(oracle, prompt, count, mask_id, block, steps, margin):
    """LLaDA: block after block, the surest tokens first, the same number in each step; all of the text is seen."""
    text = list(prompt) + [mask_id] * count
    states = [list(text)]
    for begin in range(len(prompt), len(text), block):
        places = range(begin, begin + block)
        for number in even(block, steps * block // count):
            logits = oracle.logits(text, full(len(text)))
            masks = [i for i in places if text[i] == mask_id]
            for i in margin.first([probability(logits[i]) for i in masks], number):
                text[masks[i]] = margin.token(logits[masks[i]])
            states.append(list(text))
    return states


def committed_blocks(oracle, prompt, count, mask_id, block, steps, margin, threshold=None):
    """SDAR: blocks from position 0; the scheduled number of surest tokens, or all above the threshold if they are more."""
    length = -(-(len(prompt) + count) // block) * block
    text = list(prompt) + [mask_id] * (length - len(prompt))
    states = [list(text)]
    for begin in range(len(prompt) // block * block, length, block):
        plan = even(block, steps)
        while mask_id in text[begin : begin + block]:
            number = plan.pop(0) if plan else block
            end = begin + block
            logits = oracle.logits(text[:end], block_causal(end, block))
            masks = [i for i in range(begin, end) if text[i] == mask_id]
            scores = [probability(logits[i]) for i in masks]
            sure = [] if threshold is None else margin.above(scores, threshold)
            chosen = sure if len(sure) >= number and sure else margin.first(scores, number)
            for i in chosen:
                text[masks[i]] = margin.token(logits[masks[i]])
            states.append(list(text))
    return states


def seeded_blocks(oracle, prompt, count, mask_id, block, threshold, margin):
    """Nemotron-Labs: what is finished is causal; its last row gives the first token of a block, whose others are masks that
    see each other; all as probable as the threshold are written, at least one."""
    text = list(prompt)
    states = [list(text)]
    while len(text) < len(prompt) + count:
        begin = len(text)
        text.append(margin.token(oracle.logits(text, causal(begin))[-1]))
        states.append(list(text))
        text += [mask_id] * (block - 1)
        while mask_id in text[begin:]:
            logits = oracle.logits(text, causal_prefix(len(text), begin))
            masks = [i for i in range(begin, len(text)) if text[i] == mask_id]
            scores = [probability(logits[i]) for i in masks]
            chosen = margin.above(scores, threshold) or margin.first(scores, 1)
            for i in chosen:
                text[masks[i]] = margin.token(logits[masks[i]])
            states.append(list(text))
    return states


def sliding_window(oracle, prompt, count, mask_id, window, threshold, penalty, margin):
    """WeDLM: the window begins at the first mask; written tokens come before masks, each rotated by its place; a mask is
    written where entropy plus penalty times its distance from the first one is below the threshold, at least one."""
    text = list(prompt) + [mask_id] * count
    states = [list(text)]
    while mask_id in text:
        begin = text.index(mask_id)
        places = range(begin, min(begin + window, len(text)))
        masks = [i for i in places if text[i] == mask_id]
        order = list(range(begin)) + [i for i in places if text[i] != mask_id] + masks
        logits = oracle.logits([text[i] for i in order], causal(len(order)), order)[len(order) - len(masks) :]
        doubts = [entropy(row) + penalty * (i - masks[0]) for i, row in zip(masks, logits)]
        chosen = margin.above([-d for d in doubts], -threshold) or margin.first([-d for d in doubts], 1)
        for i in chosen:
            text[masks[i]] = margin.token(logits[i])
        states.append(list(text))
    return states
