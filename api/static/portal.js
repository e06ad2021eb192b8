// The filter form works without this file.  With it, choosing is enough, and the address stays short.
const form = document.querySelector(".filters");

form.addEventListener("submit", () => {
  for (const field of form.querySelectorAll("input[name], select[name]")) {
    const unset = field.value.trim() === "" || (field.name === "ordering" && field.selectedIndex === 0);
    field.disabled = unset;
  }
});

for (const choice of form.querySelectorAll("select")) {
  choice.addEventListener("change", () => form.requestSubmit());
}

// Back from a listing, the browser may show the page as it was left: with fields still switched off.
addEventListener("pageshow", () => {
  for (const field of form.querySelectorAll(":disabled")) field.disabled = false;
});
