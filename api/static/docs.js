// Finding among operations that are all in the page already.
const find = document.querySelector("#find");
const found = document.querySelector(".found");
const operations = [...document.querySelectorAll(".operation")].map((element) => ({
  element,
  link: document.querySelector(`.contents a[href="#${CSS.escape(element.id)}"]`)?.parentElement,
  words: `${element.dataset.words} ${element.textContent}`.toLowerCase(),
}));

const filter = () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, link, words: text } of operations) {
    const hit = words.every((word) => text.includes(word));
    element.hidden = !hit;
    if (link) link.hidden = !hit;
    count += hit;
  }
  for (const phase of document.querySelectorAll("[data-phase]")) {
    phase.hidden = !phase.querySelector(".operation:not([hidden])");
  }
  found.textContent = words.length ? `${count} of ${operations.length}` : "";
};

find.addEventListener("input", filter);
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  find.focus();
});
filter();
