// A column is not confirmed while scores of this book still wait on this machine.
const note = document.querySelector("[data-unsent-note]");
const form = document.querySelector("[data-confirm-form]");
const prefix = `ob:${note.dataset.user}:${note.dataset.book}:`;
const count = Object.keys(localStorage).filter((key) => key.startsWith(prefix)).length;
if (count && form) {
  form.hidden = true;
  note.textContent = note.dataset.waiting.replace("{n}", count);
}
