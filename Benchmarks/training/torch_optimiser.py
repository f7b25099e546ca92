"""The update of `Sources/Training/Optimiser` in PyTorch: clipping, Muon or AdamW, moving average of the parameters."""

import torch


class Optimiser:
    def __init__(self, network, rule):
        self.parameters = list(network.parameters.values())
        self.average = [p.detach().clone() for p in self.parameters]
        c = network.config
        widths = {
            "qkv": [c["num_attention_heads"] * c["head_dim"]] + [c["num_key_value_heads"] * c["head_dim"]] * 2,
            "output": None,
            "gate_up": [c["intermediate_size"]] * 2,
            "down": None,
        }
        # Muon's matrices by shape (wide form), so that each shape is one batch of products.
        self.groups = {}
        rest = []
        for name, p in network.parameters.items():
            kind = name.split(".")[-1]
            if rule == "muon" and kind in widths:
                first = 0
                for rows in widths[kind] or [p.shape[0]]:
                    shape = tuple(sorted((rows, p.shape[1])))
                    self.groups.setdefault(shape, []).append((p, first, rows, torch.zeros(rows, p.shape[1])))
                    first += rows
            else:
                rest.append(p)
        matrices = [p for p in rest if p.dim() == 2]
        others = [p for p in rest if p.dim() != 2]
        self.adamw = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
            lr=3e-3,
            betas=(0.9, 0.95),
            eps=1e-8,
            fused=True,
        )

    @torch.no_grad()
    def step(self):
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for parts in self.groups.values():
            self._muon(parts)
        self.adamw.step()
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 0.002)
        return norm

    def _muon(self, parts, rate=0.02, momentum=0.95, decay=0.1):
        gradients = [p.grad[first : first + rows] for p, first, rows, _ in parts]
        velocities = [v for _, _, _, v in parts]
        torch._foreach_lerp_(velocities, gradients, 1 - momentum)
        torch._foreach_lerp_(gradients, velocities, momentum)
        wide = [g.t() if g.shape[0] > g.shape[1] else g for g in gradients]
        x = torch.stack(wide)
        x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(torch.bfloat16)
        for _ in range(5):
            gram = x @ x.mT
            x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
        for update, (p, first, rows, _) in zip(x, parts):
            w = p[first : first + rows]
            w.mul_(1 - rate * decay)
            update = update.t() if rows > p.shape[1] else update
            w.add_(update, alpha=-rate * max(1, rows / p.shape[1]) ** 0.5)
