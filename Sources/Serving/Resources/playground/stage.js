// Shows one recorded state as tokens that can be reached, read and opened.

const level = (confidence) => (confidence >= 0.9 ? "sure" : confidence >= 0.5 ? "likely" : "unsure");
const visible = (text) => text.replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "␣");
const percent = (value) => `${Math.round(value * 100)}%`;

export function describe(place) {
  const facts = [place.status === "masked" ? "not written" : `“${visible(place.text)}”`];
  if (place.given) facts.push(place.given);
  else if (place.status === "decided") facts.push("provisional");
  else if (place.status === "final") facts.push("final");
  if (place.confidence !== undefined) facts.push(`confidence ${percent(place.confidence)}${place.status === "final" ? " as a draft" : ""}`);
  if (place.change && place.change !== "kept") facts.push(`${place.change} by this forward`);
  return facts.join(", ");
}

export class Stage {
  /** @param open called with a position when its token is opened. */
  constructor(element, open) {
    this.element = element;
    this.before = Object.assign(document.createElement("span"), { className: "given" });
    this.after = this.before.cloneNode();
    this.tokens = [];
    this.current = 0;
    this.open = open;
    element.addEventListener("click", (event) => this.opened(event.target));
    element.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** The text around what is written. */
  begin(prefix, suffix) {
    this.element.classList.remove("empty");
    this.before.textContent = prefix;
    this.after.textContent = suffix;
    this.tokens = [];
    this.current = 0;
    this.element.replaceChildren(this.before, this.after);
  }

  show(state) {
    while (this.tokens.length > state.places.length) this.tokens.pop().remove();
    while (this.tokens.length < state.places.length) {
      const token = document.createElement("span");
      token.setAttribute("role", "button");
      this.after.before(token);
      this.tokens.push(token);
    }
    state.places.forEach((place, index) => this.write(this.tokens[index], place));
    this.current = Math.min(this.current, Math.max(0, this.tokens.length - 1));
    this.tokens.forEach((token, index) => (token.tabIndex = index === this.current ? 0 : -1));
  }

  write(token, place) {
    const text = place.status === "masked" ? "▒" : place.text;
    const classes = ["token", place.given ? "fixed" : place.status];
    if (place.status === "decided" && !place.given) classes.push(level(place.confidence));
    if (text.startsWith("\n")) classes.push("line");
    const key = [text, classes.join(" "), place.change, place.confidence, place.given].join("\u0001");
    if (token.state === key) return;
    token.state = key;
    token.textContent = text;
    token.className = classes.join(" ");
    if (place.change && place.change !== "kept") token.dataset.change = place.change;
    else delete token.dataset.change;
    token.style.setProperty("--confidence", place.confidence ?? 1);
    token.title = describe(place);
    token.setAttribute("aria-label", `${place.position + 1}: ${describe(place)}`);
  }

  opened(target) {
    const index = this.tokens.indexOf(target.closest(".token"));
    if (index < 0) return;
    this.move(index);
    this.open(index, this.tokens[index]);
  }

  move(index) {
    this.current = Math.max(0, Math.min(index, this.tokens.length - 1));
    this.tokens.forEach((token, i) => (token.tabIndex = i === this.current ? 0 : -1));
    this.tokens[this.current]?.focus();
  }

  pressed(event) {
    const steps = { ArrowRight: this.current + 1, ArrowLeft: this.current - 1, Home: 0, End: this.tokens.length - 1 };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.opened(event.target);
    else return;
    event.preventDefault();
  }
}
