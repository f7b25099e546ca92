// The server's routes, with the key of this tab.

export class ServerError extends Error {
  constructor(status, body) {
    const error = body?.error ?? {};
    super(error.message ?? `the server answered ${status}`);
    this.status = status;
    this.hint = error.hint ?? (status === 401 ? "enter a key under “API key” above" : undefined);
    this.code = error.code;
  }
}

export const key = {
  get: () => sessionStorage.getItem("key") ?? "",
  set: (value) => (value ? sessionStorage.setItem("key", value) : sessionStorage.removeItem("key")),
};

async function send(method, path, body, more = {}) {
  const headers = { "content-type": "application/json" };
  if (key.get()) headers.authorization = `Bearer ${key.get()}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...more });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError(0, { error: { message: "the server cannot be reached", hint: "is cinnabar serve still running?" } });
  }
  if (!response.ok) throw new ServerError(response.status, await response.json().catch(() => undefined));
  return response;
}

export const models = async () => (await send("GET", "/v1/models")).json();

/** A text that is written on command. */
export class Session {
  constructor(reply) {
    this.id = reply.id;
    this.state = reply.state;
    this.warning = reply.warning;
    this.path = `/v1/sessions/${reply.id}`;
    this.watching = new AbortController();
  }

  static async begin(request) {
    return new Session(await (await send("POST", "/v1/sessions", request)).json());
  }

  async command(name, value = true, version) {
    return (await send("POST", `${this.path}/commands`, { [name]: value, version })).json();
  }

  /** Events as they come: {name, data}. */
  async *events() {
    const response = await send("GET", `${this.path}/events`, undefined, { signal: this.watching.signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const event = {};
        for (const line of block.split("\n")) {
          if (line.startsWith("event: ")) event.name = line.slice(7);
          if (line.startsWith("data: ")) event.data = JSON.parse(line.slice(6));
        }
        if (event.name) yield event;
      }
    }
  }

  /** Also when the page goes away. */
  end() {
    this.watching.abort();
    send("DELETE", this.path, undefined, { keepalive: true }).catch(() => {});
  }
}
