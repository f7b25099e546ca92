"""A picture of tokens a second by rows of a forward, both axes logarithmic."""

from math import log10

COLOURS = {"cinnabar": "#c0392b", "llama.cpp": "#2c6fa3"}
WIDTH, HEIGHT, LEFT, TOP = 640, 360, 70, 40


def draw(path, title, speeds):
    """`speeds`: (program, weights) -> {rows: tokens a second}."""
    rows = sorted({r for line in speeds.values() for r in line})
    values = [v for line in speeds.values() for v in line.values()]
    low, high = log10(min(values)) - 0.1, log10(max(values)) + 0.1

    def x(count):
        span = log10(rows[-1] / rows[0]) or 1
        return LEFT + (WIDTH - LEFT - 170) * log10(count / rows[0]) / span

    def y(value):
        return HEIGHT - 50 - (HEIGHT - 50 - TOP) * (log10(value) - low) / (high - low)

    def text(at, down, words, anchor="middle", colour="#333"):
        return f'<text x="{at:.0f}" y="{down:.0f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 20, title),
        text((LEFT + WIDTH - 170) / 2, HEIGHT - 12, "rows of a forward"),
    ]
    for count in rows:
        parts.append(text(x(count), HEIGHT - 32, count))
    for power in range(int(low), int(high) + 1):
        for step in (1, 2, 5):
            value = step * 10**power
            if low <= log10(value) <= high:
                parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - 170}" stroke="#ddd"/>')
                parts.append(text(LEFT - 6, y(value) + 4, f"{value:,}", "end"))
    parts.append(text(LEFT - 6, TOP - 8, "tokens/s", "end"))
    # Names beside the lines' ends, kept apart.
    taken = TOP
    for (program, weights), line in sorted(speeds.items(), key=lambda item: -item[1][rows[-1]]):
        points = " ".join(f"{x(r):.1f},{y(v):.1f}" for r, v in sorted(line.items()))
        dash = ' stroke-dasharray="6 4"' if weights == "int4" else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[program]}" stroke-width="2"{dash}/>')
        taken = max(taken + 15, y(line[rows[-1]]) + 4)
        parts.append(text(WIDTH - 162, taken, f"{program} {weights}", "start", COLOURS[program]))
    path.write_text("\n".join(parts) + "\n</svg>\n")
