// The strip scrolls by finger, wheel and arrow keys without this file.  It adds buttons, the mark on the thumbnail, and
// the photo at full size.
const gallery = document.querySelector("[data-gallery]");
const lightbox = document.querySelector(".lightbox");

if (gallery) {
  const strip = gallery.querySelector(".strip");
  const slides = [...strip.children];
  const thumbnails = [...gallery.querySelectorAll(".thumbnails a")];
  const counter = gallery.querySelector("[data-current]");
  const buttons = gallery.querySelectorAll("[data-step]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let current = 0;

  const go = (number) => {
    const target = Math.min(Math.max(number, 0), slides.length - 1);
    strip.scrollTo({ left: slides[target].offsetLeft - strip.offsetLeft, behavior: calm.matches ? "auto" : "smooth" });
    mark(target);
  };

  const mark = (number) => {
    current = number;
    counter.textContent = number + 1;
    thumbnails.forEach((link, index) => {
      if (index === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    for (const button of buttons) {
      const next = number + Number(button.dataset.step);
      button.disabled = next < 0 || next >= slides.length;
    }
  };

  // What is in sight is current, however it got there; while a step is under way its target already is.
  const settle = () => mark(Math.round(strip.scrollLeft / strip.clientWidth));
  if ("onscrollend" in strip) strip.addEventListener("scrollend", settle);
  else strip.addEventListener("scroll", settle, { passive: true });

  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => go(current + Number(button.dataset.step)));
  }
  for (const hidden of gallery.querySelectorAll(".counter")) hidden.hidden = false;
  thumbnails.forEach((link, index) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go(index);
    });
  });

  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  gallery.addEventListener("keydown", (event) => {
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(current + steps[event.key]);
  });

  // --- full size -----------------------------------------------------------------------------------------------------

  const large = lightbox.querySelector("img");
  const caption = lightbox.querySelector(".counter");

  const show = (number) => {
    const target = Math.min(Math.max(number, 0), slides.length - 1);
    const source = slides[target].querySelector("img");
    large.sizes = "100vw";
    large.srcset = source.srcset;
    large.src = source.src;
    large.alt = source.alt;
    caption.textContent = `${target + 1} / ${slides.length}`;
    for (const button of lightbox.querySelectorAll("[data-step]")) {
      const next = target + Number(button.dataset.step);
      button.disabled = next < 0 || next >= slides.length;
    }
    go(target);
  };

  slides.forEach((slide, index) => {
    slide.querySelector("a").addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      lightbox.showModal();
      show(index);
    });
  });
  for (const button of lightbox.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => show(current + Number(button.dataset.step)));
  }
  lightbox.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(current + steps[event.key]);
  });
  lightbox.addEventListener("click", (event) => {
    if (event.target === lightbox || event.target === large) lightbox.close();
  });

  let startX = 0;
  large.addEventListener("pointerdown", (event) => {
    startX = event.clientX;
  });
  large.addEventListener("pointerup", (event) => {
    const moved = event.clientX - startX;
    if (Math.abs(moved) > 50) show(current - Math.sign(moved));
  });

  mark(0);
}
