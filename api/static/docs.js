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
  const searching = words.length > 0;
  for (const chapter of document.querySelectorAll(".chapter")) {
    chapter.hidden = searching && !chapter.querySelector(".operation:not([hidden])");
  }
  for (const entry of document.querySelectorAll(".contents > ul > li")) {
    entry.hidden = searching && !entry.querySelector("li:not([hidden])");
  }
  found.textContent = searching ? `${count} of ${operations.length}` : "";
};

find.addEventListener("input", () => {
  filter();
  const top = document.querySelector(".chapters").getBoundingClientRect().top;
  if (top < 0) scrollBy(0, top - 140);
});
find.form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  find.focus();
});
filter();
