// What can be done with one token.

import { $ } from "./form.js";
import { describe } from "./stage.js";

export class Menu {
  /** @param act called with the name of a command and its value. */
  constructor(act) {
    this.act = act;
    this.dialog = $("menu");
    $("menu-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.put();
    });
    const at = () => this.place.position;
    const range = () => ({ from: at(), to: at() + 1 });
    const buttons = {
      "menu-lock": () => this.done("lock", range()),
      "menu-unpin": () => this.done("unpin", { position: at() }),
      "menu-back": () => this.done("rollback", { to: at(), keep_draft: true }),
      "menu-again": () => this.done("rollback", { to: at(), keep_draft: false }),
      "menu-close": () => this.dialog.close(),
    };
    for (const [id, action] of Object.entries(buttons)) $(id).addEventListener("click", action);
    this.dialog.addEventListener("close", () => this.token?.focus());
  }

  open(place, token, isNewest) {
    [this.place, this.token] = [place, token];
    const isFinal = place.status === "final";
    const isWritten = place.status !== "masked";
    $("menu-title").textContent = `Token ${place.position + 1}`;
    const since = place.forward === undefined ? "" : `; written by forward ${place.forward}`;
    $("menu-facts").textContent = isNewest
      ? `${describe(place)}${since}`
      : `${describe(place)}${since}. This is an earlier state: what is done here is done to the newest one.`;
    $("menu-text").value = place.text;
    $("menu-put").textContent = isFinal ? "Replace" : "Pin";
    $("menu-lock").disabled = !isWritten || Boolean(place.given);
    $("menu-unpin").disabled = !place.given;
    $("menu-back").disabled = $("menu-again").disabled = !isFinal;
    this.dialog.showModal();
    const box = token.getBoundingClientRect();
    const { width, height } = this.dialog.getBoundingClientRect();
    const below = box.bottom + 8 + height < innerHeight ? box.bottom + 8 : Math.max(8, box.top - height - 8);
    this.dialog.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    this.dialog.style.top = `${below}px`;
    $("menu-text").select();
  }

  put() {
    const text = $("menu-text").value;
    const at = this.place.position;
    if (this.place.status === "final") this.done("replace", { from: at, to: at + 1, text });
    else this.done("pin", { position: at, text });
  }

  done(name, value) {
    this.dialog.close();
    this.act(name, value);
  }
}
