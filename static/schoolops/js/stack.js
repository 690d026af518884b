// Entry from an unsorted stack of papers: "12 75 ⏎" – the number, the score, and the name shown large to be believed.
import { Outbox, clockTime, say, sayError } from "./outbox.js";
import { formatScore, parseScore } from "./score.js";

const form = document.getElementById("stack");
const line = document.getElementById("stack-line");
const who = document.getElementById("stack-who");
const last = document.getElementById("stack-last");
const { book, user, column, save, profile } = form.dataset;
const quick = Boolean(form.dataset.quick);
const pupils = new Map([...document.querySelectorAll("#stack-left li")].map((item) => [item.dataset.no, item]));
const byStudent = new Map([...pupils.values()].map((item) => [item.dataset.s, item]));
const nameOf = (item) => item.querySelector("[data-name]").textContent;
let asked = "";

const outbox = new Outbox({ book, user, url: save, answer });

function answer(cell, entry, isLatest) {
  const item = String(cell.c) === column && byStudent.get(String(cell.s));
  if (!item) return;
  item.dataset.v = cell.v;
  if (cell.st === "saved" && isLatest) item.dataset.code = cell.code;
  const values = { pupil: nameOf(item), who: cell.other, theirs: formatScore(cell.code), x: formatScore(parseScore(entry.t, profile, false).code ?? "") };
  if (cell.st === "conflict") tell(say("conflict", { ...values, time: clockTime(new Date(cell.at)) }), "err");
  if (cell.st === "locked") tell(say("locked", values), "err");
}

function tell(text, tone = "") {
  who.textContent = text;
  who.dataset.tone = tone;
}

function read() {
  const [, number, typed] = line.value.trim().match(/^(\d+)\s+(.+)$/) ?? [];
  if (!number) return { message: say("shape") };
  const item = pupils.get(String(Number(number)));
  if (!item) return { message: say("noPupil", { n: number }) };
  const parsed = parseScore(typed, profile, quick);
  if (parsed.error) {
    return { item, message: sayError(parsed.error, profile) + (parsed.offer ? ` ${say("offer", { x: formatScore(parsed.offer) })}` : ""), offer: parsed.offer };
  }
  return { item, code: parsed.code };
}

line.addEventListener("input", () => {
  const item = pupils.get(String(Number(line.value.trim().split(/\s+/)[0])));
  tell(item ? `${item.dataset.no}. ${nameOf(item)}` : "");
});

form.addEventListener("submit", (event) => event.preventDefault());
line.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { line.value = ""; asked = ""; tell(""); }
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  const found = read();
  const again = asked === line.value;
  asked = line.value;
  if (found.code === undefined && !(found.offer && again)) { tell(found.message, "err"); return; }
  const code = found.code ?? found.offer;
  const held = found.item.dataset.code;
  if (held && held !== code && !again) {
    tell(say("has", { pupil: nameOf(found.item), x: formatScore(held), y: formatScore(code) }), "err");
    return;
  }
  keep(found.item, code);
});

function keep(item, code) {
  outbox.put(column, item.dataset.s, code, Number(item.dataset.v), false);
  item.dataset.code = code;
  item.hidden = true;
  const shown = item.cloneNode(true);
  const score = document.createElement("strong");
  score.textContent = formatScore(code);
  shown.hidden = false;
  shown.append(" ", score);
  last.prepend(shown);
  while (last.children.length > 5) last.lastElementChild.remove();
  tell(`${item.dataset.no}. ${nameOf(item)}: ${formatScore(code)}`, "ok");
  line.value = "";
  asked = "";
  count();
}

function count() {
  document.getElementById("stack-count").textContent = [...pupils.values()].filter((item) => !item.dataset.code).length;
}

for (const [name, entry] of outbox.waiting) {
  const [entryColumn, student] = name.split("-");
  const item = entryColumn === column && byStudent.get(student);
  if (item) { item.dataset.code = parseScore(entry.t, profile, entry.q).code ?? ""; item.hidden = true; }
}
count();
outbox.paint();
outbox.retryNow();
