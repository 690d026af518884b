// Scores on their way to the server: kept on this machine (ids and values, no names) until the server has answered for
// each of them. A dropped line, a closed tab or a dead server delays them; nothing loses them.
const BATCH = 400;
const AFTER_KEY = 250;
const TIMEOUT = 8000;
const RETRY_FIRST = 2000;
const RETRY_MAX = 30000;
const KEEP_DAYS = 7;

export const texts = document.getElementById("grid-texts")?.dataset ?? {};
export const say = (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
// What is wrong with a typed value: some words differ by what the column takes.
const BY_PROFILE = {
  COMMENT: { unreadable: "unreadableComment" },
  LEVEL: { unreadable: "unreadableLevel" },
  WHOLE: { unreadable: "unreadableWhole", decimals: "decimalsWhole" },
};
export const sayError = (error, profile) => say(BY_PROFILE[profile]?.[error] ?? error);
export const clockTime = (moment = new Date()) =>
  moment.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
const token = () =>
  cookie("csrftoken") ?? cookie("__Host-csrftoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value;

export class Outbox {
  // answer(cell, entry) is called for every cell that the server answered.
  constructor({ book, user, url, answer, averages = () => {}, settled = () => {} }) {
    Object.assign(this, { prefix: `ob:${user}:${book}:`, url, answer, averages, settled });
    this.entries = this.#read();
    this.busy = false;
    this.wait = 0;
    this.timer = 0;
    this.resent = Object.keys(this.entries).length;
    this.signedOut = this.refused = false;
    this.line = document.getElementById("save-state");
    addEventListener("online", () => this.retryNow());
    addEventListener("focus", () => this.signedOut && this.retryNow());
    document.addEventListener("signed-in", () => this.retryNow());
    addEventListener("beforeunload", (event) => this.waiting.length && event.preventDefault());
  }

  // A place in the store for each cell: two tabs of one book never write over each other's entries. A browser that
  // refuses to store anything keeps the scores as long as the page.
  #read() {
    const found = {};
    try {
      const oldest = Date.now() - KEEP_DAYS * 864e5;
      for (const key of Object.keys(localStorage).filter((key) => key.startsWith(this.prefix))) {
        const entry = JSON.parse(localStorage.getItem(key));
        // A conflict of an earlier visit is asked again: sent anew, the server tells who wrote what in between. A draft of
        // an earlier visit is finished.
        if (entry.held === "conflict" || entry.held === "draft") delete entry.held;
        if (entry.at > oldest) found[key.slice(this.prefix.length)] = entry;
        else localStorage.removeItem(key);
      }
    } catch { /* an unreadable store is an empty one */ }
    return found;
  }

  #keep(name) {
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify(this.entries[name]));
    } catch {
      this.line.title = say("fullStorage");
    }
  }

  #forget(name) {
    try {
      // What another tab has typed into the cell meanwhile stays.
      const stored = JSON.parse(localStorage.getItem(this.prefix + name));
      if (stored?.o === this.entries[name]?.o) localStorage.removeItem(this.prefix + name);
    } catch { /* nothing was stored */ }
    delete this.entries[name];
  }

  // Entries that go to the server by themselves; held ones wait for the user (a conflict, a closed column).
  get waiting() {
    return Object.entries(this.entries).filter(([, entry]) => !entry.held);
  }

  held(reason) {
    return Object.entries(this.entries).filter(([, entry]) => entry.held === reason);
  }

  // Kept on this machine while it is being written.
  draft(column, student, text, version) {
    this.#enter(column, student, { t: text, v: version, q: false, held: "draft" });
  }

  #enter(column, student, entry) {
    this.entries[`${column}-${student}`] = { ...entry, o: crypto.randomUUID(), at: Date.now() };
    this.#keep(`${column}-${student}`);
  }

  put(column, student, text, version, quick) {
    this.#enter(column, student, { t: text, v: version, q: quick });
    this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), AFTER_KEY);
  }

  drop(name) {
    this.#forget(name);
    this.paint();
  }

  retryNow() {
    this.wait = 0;
    clearTimeout(this.timer);
    this.flush();
  }

  async flush() {
    const batch = this.waiting.slice(0, BATCH);
    if (this.busy || !batch.length) return;
    this.busy = true;
    try {
      this.#settle(batch, await this.#send(batch));
    } catch (error) {
      this.signedOut = error.message === "signed-out";
      if (this.signedOut) document.dispatchEvent(new Event("signed-out"));
      this.refused = error.message === "refused";
      this.wait = Math.min(this.wait ? this.wait * 2 : RETRY_FIRST, RETRY_MAX);
      if (!this.refused) this.timer = setTimeout(() => this.flush(), this.wait);
    }
    this.busy = false;
    this.paint();
    if (!this.wait && this.waiting.length) this.flush();
    else if (!this.wait) this.settled();
  }

  async #send(batch) {
    const cells = batch.map(([name, entry]) => {
      const [c, s] = name.split("-").map(Number);
      return { c, s, t: entry.t, v: entry.v, o: entry.o, q: entry.q };
    });
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ cells }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (response.type === "opaqueredirect" || response.status === 401) throw new Error("signed-out");
    if (response.status === 403 || response.status === 404) throw new Error("refused");
    if (!response.ok) throw new Error("down");
    return response.json();
  }

  #settle(batch, body) {
    const sent = new Map(batch);
    this.wait = 0;
    this.signedOut = this.refused = false;
    this.savedAt = clockTime();
    for (const cell of body.cells) {
      const name = `${cell.c}-${cell.s}`;
      const entry = sent.get(name);
      const now = this.entries[name];
      if (now?.o === entry.o) {
        if (cell.st === "saved" || cell.st === "invalid" || cell.st === "unknown") this.#forget(name);
        else { now.held = cell.st; this.#keep(name); }
      } else if (now && cell.st === "saved") {
        now.v = cell.v; // typed again while the first was on its way: the next write builds on this one
        this.#keep(name);
      }
      this.answer(cell, entry, now?.o === entry.o);
    }
    this.averages(body.averages);
    if (this.resent) {
      this.note = say("resent", { n: this.resent });
      this.resent = 0;
    }
  }

  paint() {
    const n = this.waiting.length;
    const state = !n ? (this.savedAt ? "saved" : "idle") : this.refused ? "refused" : this.signedOut ? "signedOut" : this.wait ? "offline" : "saving";
    const shown = say(state, { n, time: this.savedAt }) + (state === "saved" && this.note ? `. ${this.note}` : "");
    if (this.line.textContent !== shown) this.line.textContent = shown;
    this.line.dataset.state = state;
    this.line.dataset.n = n;
  }
}

// What was typed when its column had closed: it stays on this machine, in a list, until the teacher lets it go or begins a
// petition with it. describe(name, entry) is a line of the list, value(name, entry) what the petition begins with.
export function unsentList(outbox, { describe, value }) {
  const box = document.getElementById("unsent");
  const held = () => outbox.held("locked");

  function list() {
    if (!box) return;
    box.hidden = !held().length;
    box.querySelector("[data-count]").textContent = held().length;
    box.querySelector("[data-list]").replaceChildren(...held().map(([name, entry]) => {
      const line = document.createElement("li");
      line.textContent = describe(name, entry);
      return line;
    }));
  }

  box?.querySelector("[data-forget]").addEventListener("click", () => {
    for (const [name] of held()) outbox.drop(name);
    list();
  });
  document.getElementById("unsent-form")?.addEventListener("submit", ({ target }) => {
    for (const field of target.querySelectorAll("[data-cell]")) field.remove();
    for (const [name, entry] of held()) {
      for (const [key, text] of [["cell", name], [`text-${name}`, value(name, entry)]]) {
        const field = Object.assign(document.createElement("input"), { type: "hidden", name: key, value: text });
        field.dataset.cell = name;
        target.append(field);
      }
    }
  });
  return list;
}
