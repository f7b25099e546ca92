// What was seen of a text: its states in order, and for each state the tokens with what is known of them.

export class Recording {
  states = [];

  /** Adds a state; one of the same version replaces it. Later versions of the text are told from older ones by their number. */
  add(state) {
    const last = this.states.at(-1);
    if (last && state.version < last.version) return false;
    const frame = { ...state, places: places(state, last?.version === state.version ? this.states.at(-2) : last) };
    if (last && last.version === state.version) this.states[this.states.length - 1] = frame;
    else this.states.push(frame);
    return true;
  }

  get newest() { return this.states.at(-1); }

  /** Forwards between recorded states that nobody saw. */
  get missed() {
    return this.states.reduce((sum, state, i) => sum + (i ? Math.max(0, state.forwards - this.states[i - 1].forwards - 1) : 0), 0);
  }
}

/** The positions of a state: final tokens, then cells. A final token keeps the confidence that it had before it was final. */
function places(state, previous) {
  const given = new Map(state.given.map((entry) => [entry.position, entry]));
  const old = (position) => previous?.places[position];
  const final = state.tokens.map((text, position) => {
    const before = old(position);
    const isKept = before?.text === text;
    const wasFinal = isKept && before.status === "final";
    return {
      position, text, status: "final", given: given.get(position)?.kind,
      confidence: isKept ? before.confidence : undefined,
      forward: isKept && before.forward !== undefined ? before.forward : state.forwards,
      change: wasFinal || !previous ? undefined : isKept ? "kept" : before?.status === "decided" ? "edited" : "written",
    };
  });
  // A pin may stand behind the canvas.
  const end = Math.max(-1, ...given.keys()) + 1 - final.length;
  const open = state.finish ? 0 : Math.max(0, end - state.cells.length);
  const shown = state.cells.concat(Array(open).fill({ text: "", status: "masked" }));
  const cells = shown.map((cell, index) => {
    const position = final.length + index;
    const before = old(position);
    const pin = given.get(position);
    const isKept = before?.text === cell.text && before.status === cell.status;
    const status = pin ? "fixed" : cell.status;
    return {
      position, text: cell.text || (pin?.text ?? ""), status, given: pin?.kind,
      confidence: cell.status === "decided" ? cell.confidence : undefined,
      forward: cell.status === "masked" ? undefined : isKept ? before.forward : state.forwards,
      change: cell.change ?? (cell.status === "decided" && previous && !isKept ? "written" : undefined),
    };
  });
  return final.concat(cells);
}
