// Buttons that put a text on the clipboard: `data-copy` holds it, or `data-copies` names the element that shows it.
// Without this file, or where there is no clipboard (plain http on another host), the buttons stay away.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const shown = document.getElementById(button.dataset.copies);
    await navigator.clipboard.writeText(shown ? shown.textContent : button.dataset.copy);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}
