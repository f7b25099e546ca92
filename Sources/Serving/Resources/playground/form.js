// The form: what is written, and how.

export const $ = (id) => document.getElementById(id);
const hole = "▒";

/** The text before the hole and behind it; without a hole the text goes on at its end. */
export function around() {
  const text = $("prompt").value;
  const begin = text.indexOf(hole);
  if (begin < 0) return { prefix: text, suffix: null };
  let end = begin;
  while (text[end] === hole) end += 1;
  return { prefix: text.slice(0, begin), suffix: text.slice(end) };
}

/** A constraint as commands name it; undefined for none. */
export function constraint() {
  const kind = $("kind").value;
  const text = $("constraint").value;
  if (!kind) return undefined;
  if (kind === "choices") return { choices: text.split("\n").filter((line) => line !== "") };
  return { [kind]: text };
}

/** The body that begins a session. */
export function request(changes = {}) {
  const { prefix, suffix } = around();
  const [kind, value] = Object.entries(constraint() ?? {})[0] ?? [];
  return {
    prompt: prefix,
    ...(suffix === null ? {} : { suffix }),
    mode: $("mode").value,
    max_tokens: $("max").valueAsNumber,
    temperature: $("temperature").valueAsNumber,
    seed: $("seed").valueAsNumber,
    ...(kind ? { structured_outputs: { [{ json_schema: "json", choices: "choice" }[kind] ?? kind]: value } } : {}),
    ...changes,
  };
}

const examples = {
  json_schema: '{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}',
  regex: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
  choices: "yes\nno",
  grammar: 'root ::= "[" [0-9]+ ("," [0-9]+)* "]"',
};

/** Everything of the form that needs no server. */
export function prepare(onError) {
  const prompt = $("prompt");
  prompt.value = `def fibonacci(n):\n    """Return the n-th Fibonacci number."""\n    ${hole}\n\n\nfor n in range(10):\n    print(fibonacci(n))\n`;

  $("hole").addEventListener("click", () => {
    const { selectionStart: begin, selectionEnd: end } = prompt;
    const clean = (text) => text.replaceAll(hole, "");
    const before = clean(prompt.value.slice(0, begin));
    prompt.value = before + hole + clean(prompt.value.slice(end));
    prompt.focus();
    prompt.setSelectionRange(before.length, before.length + 1);
  });

  const read = async (file) => {
    if (!file) return;
    if (file.size > 1 << 20) return onError(new Error(`${file.name} has more than 1 MiB`));
    prompt.value = await file.text();
  };
  $("open").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", (event) => read(event.target.files[0]).finally(() => (event.target.value = "")));
  prompt.addEventListener("dragover", (event) => event.preventDefault());
  prompt.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });

  $("kind").addEventListener("change", () => {
    const field = $("constraint");
    const kind = $("kind").value;
    field.hidden = !kind;
    if (!field.value || Object.values(examples).includes(field.value)) field.value = examples[kind] ?? "";
  });
}

/** The colours: the system's unless chosen, remembered by this browser. */
export function prepareTheme() {
  const theme = $("theme");
  const apply = () => {
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
  };
  theme.value = localStorage.getItem("theme") ?? "";
  apply();
  theme.addEventListener("change", () => {
    localStorage.setItem("theme", theme.value);
    apply();
  });
}
