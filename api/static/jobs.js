// Looks again every few seconds while jobs are open and somebody is looking; without this file the page is as it was loaded.
const everyMs = 4000;

async function look() {
  const shown = document.getElementById("jobs");
  const idle = shown.dataset.open === "0";
  const busy = document.hidden || shown.contains(document.activeElement);
  if (!busy) {
    try {
      const answer = await fetch("/jobs", { cache: "no-store" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        shown.replaceWith(page.getElementById("jobs"));
      }
    } catch {
      // the server is away for a moment; the next look may find it
    }
  }
  setTimeout(look, idle ? everyMs * 4 : everyMs);
}

setTimeout(look, everyMs);
