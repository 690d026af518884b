// Select2 gives its boxes no name: each is called by the label of the field that it stands for, and by what it holds.
function nameBoxes() {
  for (const box of document.querySelectorAll(".select2-selection[role=combobox]:not([data-named])")) {
    const field = box.closest(".select2-container").previousElementSibling;
    const label = field?.labels?.[0];
    const shown = box.querySelector(".select2-selection__rendered");
    if (!label || !shown) continue;
    label.id ||= `${field.id}-label`;
    box.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    shown.setAttribute("aria-labelledby", label.id);
    box.dataset.named = "";
  }
}
new MutationObserver(nameBoxes).observe(document.body, { childList: true, subtree: true });
nameBoxes();
