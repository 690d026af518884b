// Enter goes down a column of inputs (data-down names it), and from its last line to the top of the next column.
const inputs = [...document.querySelectorAll("[data-down]")];
const columns = [...new Set(inputs.map((input) => input.dataset.down))];
const inOrder = columns.flatMap((name) => inputs.filter((input) => input.dataset.down === name));

document.addEventListener("keydown", (event) => {
  // A Vietnamese keyboard that is still composing owns Enter.
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  const at = inOrder.indexOf(event.target);
  if (at < 0) return;
  event.preventDefault();
  const next = inOrder[at + (event.shiftKey ? -1 : 1)];
  next?.focus();
  next?.select();
});
