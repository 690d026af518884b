// A column is not confirmed while scores of this book still wait on this machine.
const note = document.querySelector("[data-unsent-note]");
const form = document.querySelector("[data-confirm-form]");
const kept = JSON.parse(localStorage.getItem(`ob:${note.dataset.user}:${note.dataset.book}`) ?? "{}");
const count = Object.keys(kept).length;
if (count && form) {
  form.hidden = true;
  note.textContent = note.dataset.waiting.replace("{n}", count);
}
