// The page: a session on the server, its recording here, and the controls between them.

import { Session, key, models } from "./api.js";
import { $, around, constraint, prepare, prepareTheme, request } from "./form.js";
import { Menu } from "./menu.js";
import { race } from "./race.js";
import { Recording } from "./record.js";
import { Stage } from "./stage.js";

let session;
let recording = new Recording();
/** The state that is shown; the newest one if undefined. */
let shown;

const stage = new Stage($("stage"), opened);
const menu = new Menu((name, value) => command(name, value));

// Errors

function fail(error) {
  const box = $("error");
  box.textContent = error.hint ? `${error.message} — ${error.hint}` : error.message;
  box.hidden = false;
}

/** Runs what the user asked for; what goes wrong is shown. */
async function attempt(action) {
  $("error").hidden = true;
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
    return undefined;
  }
}

// The session

async function begin() {
  if (!$("request").reportValidity()) return;
  session?.end();
  session = undefined;
  const mine = await Session.begin(request());
  session = mine;
  recording = new Recording();
  shown = undefined;
  const { prefix, suffix } = around();
  stage.begin(prefix, suffix ?? "");
  take(mine.state);
  if (mine.warning) fail(new Error(mine.warning));
  watch(mine);
}

async function watch(mine) {
  try {
    for await (const { name, data } of mine.events()) {
      if (mine !== session) return;
      if (name === "state") take(data);
      if (name === "end") ended(data.reason);
    }
    if (mine === session) ended("the connection has ended");
  } catch (error) {
    if (error.name !== "AbortError" && mine === session) fail(error);
  }
}

function ended(reason) {
  session = undefined;
  fail(Object.assign(new Error(`the session is over: ${reason}`), { hint: "run again to begin another" }));
  update();
}

async function command(name, value = true) {
  const mine = session;
  if (!mine) return;
  await attempt(async () => {
    const running = recording.newest?.running;
    if (running && !["run", "pause", "stop"].includes(name)) take(await mine.command("pause"));
    const conditional = ["run", "pause", "stop"].includes(name) ? undefined : recording.newest?.version;
    take(await mine.command(name, value, conditional));
    shown = undefined;
    update();
    if (name !== "run") announce();
  });
}

const run = () => command("run", { rest_milliseconds: Number($("pace").value) });

// States

function take(state) {
  const wasRunning = recording.newest?.running;
  if (!recording.add(state)) return;
  if (state.error) fail(new Error(state.error));
  update();
  if ((wasRunning && !state.running) || state.finish) announce();
}

function announce() {
  const { newest } = recording;
  const text = newest.result?.text ?? newest.text;
  const said = `${newest.finish ? "Finished" : "Paused"}, ${newest.tokens.length} final tokens: ${text}`;
  if ($("live").textContent !== said) $("live").textContent = said;
}

function update() {
  const { states, newest } = recording;
  if (!newest) return;
  const index = shown ?? states.length - 1;
  const state = states[index];
  stage.show(state);
  const scrub = $("scrub");
  [scrub.max, scrub.value, scrub.disabled] = [states.length - 1, index, states.length < 2];
  scrub.setAttribute("aria-valuetext", `state ${index + 1} of ${states.length}, forward ${state.forwards}`);
  $("scrub-value").textContent = `${index + 1} / ${states.length}`;
  const isOpen = Boolean(session) && !newest.finish;
  const isOver = !session || newest.finish === "cancelled";
  $("go").textContent = newest.running ? "Pause" : "Go on";
  $("go").disabled = $("stop").disabled = !isOpen;
  $("step").disabled = !isOpen || newest.running;
  $("constrain").disabled = isOver;
  $("return").disabled = isOver || shown === undefined || state.tokens.length > newest.tokens.length || newest.running;
  $("status").textContent = summary(state, newest);
  $("ended").hidden = !state.ended_text;
  $("ended").textContent = state.ended_text ? `Ended here it would be: ${state.ended_text}` : "";
}

function summary(state, newest) {
  const count = (status) => state.places.filter((place) => place.status === status).length;
  const parts = [
    `forward ${state.forwards}`, `${count("final")} final`, `${count("decided") + count("fixed")} provisional`, `${count("masked")} not written`,
  ];
  const { result } = state;
  if (result) {
    const why = { stop: "ended by the model", length: "as long as asked for", context_length: "the context is full", cancelled: "stopped" };
    parts.push(why[state.finish], `${result.tokens_per_forward.toFixed(2)} tokens a forward`);
    if (state.decode_seconds > 0) parts.push(`${Math.round(result.tokens_per_second).toLocaleString("en")} tokens/s in forwards`);
    parts.push(`prompt ${(1000 * state.prefill_seconds).toFixed(1)} ms`);
  } else if (state === newest) parts.push(state.running ? "running" : "paused");
  if (recording.missed) parts.push(`${recording.missed} forwards went by unseen`);
  return parts.join(" · ");
}

// Controls

async function opened(position, token) {
  const index = shown ?? recording.states.length - 1;
  const place = recording.states[index].places[position];
  if (!session) return;
  if (recording.newest.running) await command("pause");
  const isNewest = index >= recording.states.length - 1;
  menu.open(isNewest ? (recording.newest.places[position] ?? place) : place, token, isNewest);
}

function toggle() { return recording.newest?.running ? command("pause") : run(); }

async function start() {
  await attempt(async () => {
    await begin();
    if (session) await run();
    // On a narrow page the text is below the form.
    if ($("stage").getBoundingClientRect().top > innerHeight - 160) $("work").scrollIntoView();
  });
}

$("request").addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
$("begin").addEventListener("click", () => attempt(begin));
$("go").addEventListener("click", toggle);
$("step").addEventListener("click", () => command("step", 1));
$("stop").addEventListener("click", () => command("stop"));
$("scrub").addEventListener("input", async (event) => {
  const index = event.target.valueAsNumber;
  shown = index === recording.states.length - 1 ? undefined : index;
  update();
});
$("return").addEventListener("click", () =>
  command("rollback", { to: recording.states[shown].tokens.length, keep_draft: false }));
$("constrain").addEventListener("click", () => {
  const chosen = constraint();
  command("constrain", chosen ? { ...chosen, take_back: $("take-back").checked } : null);
});
$("race").addEventListener("click", async (event) => {
  if (!$("request").reportValidity()) return;
  event.target.disabled = true;
  if (recording.newest?.running) await command("pause");
  await attempt(() => race(request));
  event.target.disabled = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    start();
  }
});
$("work").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() === "p" && !$("go").disabled) toggle();
  if (event.key.toLowerCase() === "s" && !$("step").disabled) command("step", 1);
});
addEventListener("pagehide", () => session?.end());

$("key").value = key.get();
$("key").addEventListener("input", (event) => key.set(event.target.value.trim()));
$("key").addEventListener("change", showModel);

async function showModel() {
  await attempt(async () => ($("model").textContent = (await models()).data[0].id));
}

prepareTheme();
prepare(fail);
showModel();
