// The four modes on the same request, one after the other so that none takes another's time, then shown side by side.

import { Session } from "./api.js";
import { chart } from "./chart.js";
import { $ } from "./form.js";

const modes = ["autoregressive", "lossless", "speed", "quality"];
/** Seconds that showing the slowest text takes. */
const showing = 6;
const earlier = [];

export async function race(request) {
  $("race-box").hidden = false;
  const lanes = makeLanes();
  $("race-table").tBodies[0].replaceChildren();
  $("race-note").textContent = "Each mode writes alone, as fast as it goes.";
  $("race-box").scrollIntoView({ block: "nearest" });
  const runs = [];
  for (const mode of modes) {
    lanes[mode].figure.textContent = "writing";
    const run = await write(mode, request);
    runs.push(run);
    lanes[mode].figure.textContent = `${Math.round(run.speed).toLocaleString("en")} tokens/s`;
    lanes[mode].text.textContent = run.text;
  }
  for (const run of runs) $("race-table").tBodies[0].append(row(run, runs[0]));
  $("chart").replaceChildren(chart(runs, earlier));
  earlier.push(...runs);
  await replay(runs, lanes);
}

/** One text from its beginning to its end. */
async function write(mode, request) {
  const session = await Session.begin(request({ mode, logprobs: 0 }));
  try {
    const states = [session.state];
    const events = session.events();
    await session.command("run");
    for await (const { name, data } of events) {
      if (name === "end") throw new Error(`the session is over: ${data.reason}`);
      if (data.error) throw new Error(data.error);
      if (name === "state") states.push(data);
      if (name === "state" && data.finish) break;
    }
    const last = states.at(-1);
    const scores = last.result.logprobs ?? [];
    return {
      mode, states, text: last.result.text, pieces: last.tokens, tokens: last.result.tokens, forwards: last.result.forwards,
      perForward: last.result.tokens_per_forward, seconds: last.decode_seconds, speed: last.result.tokens_per_second,
      score: scores.length ? scores.reduce((sum, value) => sum + value, 0) / scores.length : undefined,
    };
  } finally {
    session.end();
  }
}

function row(run, baseline) {
  const same = run.pieces.findIndex((piece, index) => piece !== baseline.pieces[index]);
  const isWhole = run.text === baseline.text;
  const agreement = run === baseline ? "itself" : isWhole ? "the same text" : `the first ${same < 0 ? run.pieces.length : same} tokens`;
  const cells = [
    Math.round(run.speed).toLocaleString("en"), run.tokens, run.forwards, run.perForward.toFixed(2),
    run.score === undefined ? "–" : run.score.toFixed(3), agreement,
  ];
  const line = document.createElement("tr");
  const name = Object.assign(document.createElement("th"), { scope: "row", textContent: run.mode });
  line.append(name, ...cells.map((cell) => Object.assign(document.createElement("td"), { textContent: cell })));
  return line;
}

function makeLanes() {
  const lanes = {};
  $("lanes").replaceChildren(...modes.map((mode) => {
    const lane = document.createElement("article");
    const title = Object.assign(document.createElement("h3"), { textContent: mode });
    const figure = Object.assign(document.createElement("p"), { className: "quiet", textContent: "waits" });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", mode);
    const text = document.createElement("pre");
    lane.append(title, figure, bar, text);
    lanes[mode] = { figure, bar, text };
    return lane;
  }));
  return lanes;
}

/** Shows all at once by the times that were measured, slowed down. */
async function replay(runs, lanes) {
  const slowest = Math.max(...runs.map((run) => run.seconds));
  const factor = slowest > 0 ? showing / slowest : 1;
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
  $("race-note").textContent = isStill
    ? "Each mode wrote alone."
    : `Each mode wrote alone; shown together, ${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} times slower than it was.`;
  const begin = performance.now();
  for (let isGoing = true; isGoing;) {
    const time = isStill ? Infinity : (performance.now() - begin) / 1000 / factor;
    isGoing = false;
    for (const run of runs) {
      const isDone = time >= run.seconds;
      const state = isDone ? run.states.at(-1) : run.states.findLast((state) => state.decode_seconds <= time);
      const lane = lanes[run.mode];
      lane.text.textContent = isDone ? run.text : state.text + state.cells.map((cell) => cell.text || "▒").join("");
      lane.bar.value = isDone ? 1 : state.tokens.length / Math.max(1, run.pieces.length);
      isGoing ||= !isDone;
    }
    if (isGoing) await new Promise(requestAnimationFrame);
  }
}
