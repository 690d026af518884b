// The past of a cell, and a way to reach closed cells without a mouse: pages that only read load nothing else.
const table = document.getElementById("grid");
const dialog = document.getElementById("cell-dialog");
export async function openCell(column, student, from) {
  const url = table.dataset.cell.replace("/0/0/", `/${column}/${student}/`);
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (response.status === 401) { document.dispatchEvent(new Event("signed-out")); return; }
  if (!response.ok) { location.assign(url); return; }
  document.getElementById("cell-panel").innerHTML = await response.text();
  dialog.showModal();
  dialog.addEventListener("close", () => from?.focus(), { once: true });
}
dialog?.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
table.addEventListener("click", (event) => {
  const cell = event.target.closest("td.ro");
  if (cell) openCell(cell.dataset.c, cell.parentElement.dataset.s, cell);
});
// Closed cells are reached with the arrows: one of them is in the tab order at a time.
const closed = [...table.querySelectorAll("td.ro")];
for (const cell of closed) cell.tabIndex = -1;
if (closed.length) closed[0].tabIndex = 0;
table.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (!cell.matches?.("td.ro")) return;
  const row = cell.parentElement;
  const line = [...row.querySelectorAll("td.ro")];
  const next = {
    ArrowDown: () => row.nextElementSibling?.querySelector(`td.ro[data-c="${cell.dataset.c}"]`),
    ArrowUp: () => row.previousElementSibling?.querySelector(`td.ro[data-c="${cell.dataset.c}"]`),
    ArrowRight: () => line[line.indexOf(cell) + 1],
    ArrowLeft: () => line[line.indexOf(cell) - 1],
  }[event.key]?.();
  if (event.key === "Enter") openCell(cell.dataset.c, row.dataset.s, cell);
  else if (!next) return;
  event.preventDefault();
  if (next) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); }
});
