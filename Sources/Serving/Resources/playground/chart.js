// The quality-against-speed picture as SVG.

const size = { width: 640, height: 300, left: 64, right: 24, top: 16, bottom: 44 };
const shapes = {
  autoregressive: "M-6,-6H6V6H-6Z", lossless: "M0,-8L8,0L0,8L-8,0Z", speed: "M0,-8L7,6H-7Z", quality: "M-6,0A6,6 0 1 0 6,0A6,6 0 1 0 -6,0Z",
};

function element(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** About `count` round numbers that enclose a range. */
function ticks(low, high, count) {
  const raw = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= raw);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

const label = (value) => Number(value.toPrecision(6)).toLocaleString("en");

export function chart(runs, earlier) {
  const all = [...earlier, ...runs].filter((run) => run.score !== undefined);
  if (!all.length) return document.createTextNode("The server gave no log-probabilities.");
  const xs = ticks(0, Math.max(...all.map((run) => run.speed)), 5);
  const ys = ticks(Math.min(...all.map((run) => run.score)), Math.max(...all.map((run) => run.score)), 4);
  const scale = (values, from, to) => (value) => from + ((value - values[0]) / (values.at(-1) - values[0])) * (to - from);
  const x = scale(xs, size.left, size.width - size.right);
  const y = scale(ys, size.height - size.bottom, size.top);
  const right = size.width - size.right;
  const bottom = size.height - size.bottom;
  const said = runs.map((run) => `${run.mode}: ${Math.round(run.speed)} tokens a second, ${run.score?.toFixed(3)}`).join("; ");
  const marks = (list, state) => list.filter((run) => run.score !== undefined).map((run) =>
    element("path", { d: shapes[run.mode], transform: `translate(${x(run.speed)},${y(run.score)})`, class: `mark ${run.mode} ${state}` }));
  return element("svg", { viewBox: `0 0 ${size.width} ${size.height}`, role: "img", "aria-label": `Quality against speed. ${said}` },
    ...ys.flatMap((value) => [
      element("line", { x1: size.left, x2: right, y1: y(value), y2: y(value), class: "grid" }),
      element("text", { x: size.left - 8, y: y(value) + 4, class: "end" }, label(value)),
    ]),
    ...xs.map((value) => element("text", { x: x(value), y: bottom + 18, class: "middle" }, label(value))),
    element("text", { x: right, y: size.height - 6, class: "end" }, "tokens/s of decoding"),
    element("text", { x: size.left, y: size.height - 6 }, "up: mean log-probability"),
    ...marks(earlier, "pale"),
    ...marks(runs, ""),
    ...names(runs.filter((run) => run.score !== undefined), x, y, right));
}

/** Names beside the points, moved down where they would lie on one another. */
function names(runs, x, y, right) {
  const placed = [];
  return [...runs].sort((one, other) => y(one.score) - y(other.score)).map((run) => {
    const isLeft = x(run.speed) > right - 110;
    const spot = { x: x(run.speed) + (isLeft ? -12 : 12), y: y(run.score) + 4 };
    while (placed.some((other) => Math.abs(other.y - spot.y) < 14 && Math.abs(other.x - spot.x) < 110)) spot.y += 14;
    placed.push(spot);
    return element("text", { x: spot.x, y: spot.y, class: `name ${isLeft ? "end" : ""}` }, run.mode);
  });
}
