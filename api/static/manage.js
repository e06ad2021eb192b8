// Every change here is a request of the listing API; the page then shows what the server has, not what was hoped for.
const home = document.getElementById("home");
const id = home.dataset.listing;
const api = `/api/properties${id ? `/${id}` : ""}`;
const said = home.querySelector(".said");
const whole = new Set(["bedrooms", "bathrooms", "area", "agent_id"]);

const say = (text, wrong = false) => {
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
};

// The sentence of a problem document, or of whatever else went wrong.
const reason = async (answer) => {
  try {
    const problem = await answer.json();
    return problem.errors?.map((one) => `${one.parameter}: ${one.detail}`).join("; ") || problem.detail;
  } catch {
    return `the server answered ${answer.status}`;
  }
};

async function ask(method, path, body, headers = {}) {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(path, { method, body: body && JSON.stringify(body), headers: { ...json, ...headers } });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(await reason(answer));
  return answer;
}

const guarded = (work) => (...event) => work(...event).catch((error) => say(error.message, true));

// --- the facts ---

const value = (field) => {
  if (field.type === "checkbox") return field.checked;
  if (whole.has(field.name)) return Number(field.value);
  if (field.name === "latitude" || field.name === "longitude") return field.value.trim() ? Number(field.value) : null;
  return field.name === "price" ? field.value.replace(/[\s,$]/g, "") : field.value.trim();
};

const facts = () => {
  const body = { location: {} };
  for (const field of home.elements) {
    if (!field.name) continue;
    const into = field.closest("[data-group]") ? body.location : body;
    into[field.name] = value(field);
  }
  return body;
};

home.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(save)();
});

async function save() {
  say("Saving…");
  if (!id) {
    const made = await (await ask("POST", api, facts())).json();
    location.assign(`/manage/${made.id}`);
    return;
  }
  const answer = await ask("PATCH", api, facts(), { "if-match": home.dataset.etag });
  home.dataset.etag = answer.headers.get("etag");
  say("Saved. Visitors see it now.");
}

home.querySelector(".delete")?.addEventListener("click", guarded(async () => {
  if (!confirm("Delete this home with all its photos? This cannot be taken back.")) return;
  await ask("DELETE", api);
  location.assign("/manage");
}));

// --- the photos ---

// The server's own markup takes the place of what is shown; the focus stays where it was.
async function show() {
  const focused = document.activeElement;
  const photo = focused?.closest?.("[data-photo]")?.dataset.photo;
  const control = photo && [...focused.classList].find((name) => ["point", "move", "alt"].includes(name));
  const answer = await fetch(location.pathname, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  home.dataset.etag = page.getElementById("home").dataset.etag;
  for (const part of [".prints", "#photos-title"]) {
    document.querySelector(part).replaceWith(page.querySelector(part));
  }
  document.querySelector("#photos .none")?.remove();
  place();
  if (control) document.querySelector(`[data-photo="${photo}"] .${control}`)?.focus();
}

// Dots stand where the photos say that what matters is.
function place() {
  for (const point of document.querySelectorAll(".point[data-x]")) {
    const dot = point.querySelector(".dot");
    dot.hidden = false;
    dot.style.left = `${point.dataset.x * 100}%`;
    dot.style.top = `${point.dataset.y * 100}%`;
  }
}

const photo = (inside) => inside.closest("[data-photo]");
const path = (inside) => `${api}/images/${photo(inside).dataset.photo}`;
const change = guarded(async (inside, body) => {
  await ask("PATCH", path(inside), body);
  await show();
});
const order = guarded(async () => {
  const ids = [...document.querySelectorAll("[data-photo]")].map((one) => Number(one.dataset.photo));
  await ask("PUT", `${api}/images/order`, { order: ids });
  await show();
});

const photos = document.getElementById("photos");

photos?.addEventListener("change", (event) => {
  if (event.target.matches(".alt")) change(event.target, { alt_text: event.target.value.trim() });
  if (event.target.type === "file") take(event.target.files);
});

photos?.addEventListener("click", (event) => {
  const point = event.target.closest(".point");
  if (point && event.detail) {
    const box = point.getBoundingClientRect();
    aim(point, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }
  if (event.target.closest(".forget")) change(event.target, { focal_point: null });
  const remove = event.target.closest(".remove");
  if (remove && confirm("Delete this photo?")) guarded(async () => {
    await ask("DELETE", path(remove));
    await show();
  })();
});

const bound = (share) => Math.round(Math.min(Math.max(share, 0), 1) * 1000) / 1000;
const aim = (point, x, y) => change(point, { focal_point: { x: bound(x), y: bound(y) } });

const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
photos?.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (!step || !event.target.matches(".point, .move")) return;
  event.preventDefault();
  if (event.target.matches(".point")) {
    const { x = 0.5, y = 0.5 } = event.target.dataset;
    aim(event.target, Number(x) + step[0] * 0.05, Number(y) + step[1] * 0.05);
    return;
  }
  const tile = photo(event.target);
  const later = step[0] + step[1] > 0;
  const other = later ? tile.nextElementSibling : tile.previousElementSibling;
  if (!other) return;
  if (later) other.after(tile);
  else other.before(tile);
  event.target.focus();
  order();
});

// Dragging by pointer works with a mouse and a finger alike.  Nothing moves before the drop: the pointer would be lost.
photos?.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".move");
  if (!handle || event.button) return;
  const tile = photo(handle);
  let place = tile;
  handle.setPointerCapture(event.pointerId);
  tile.classList.add("lifted");
  const drag = (at) => {
    place.classList.remove("place");
    place = document.elementFromPoint(at.clientX, at.clientY)?.closest("[data-photo]") ?? tile;
    place.classList.toggle("place", place !== tile);
  };
  const end = (at) => {
    handle.removeEventListener("pointermove", drag);
    tile.classList.remove("lifted");
    place.classList.remove("place");
    if (place === tile || at.type !== "pointerup") return;
    const later = tile.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (later) place.after(tile);
    else place.before(tile);
    order();
  };
  handle.addEventListener("pointermove", drag);
  for (const kind of ["pointerup", "pointercancel"]) handle.addEventListener(kind, end, { once: true });
});

// --- new photos, one request each, so that one bad file stops no other ---

const drop = photos?.querySelector(".drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop?.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(event.dataTransfer.files);
  });
}
if (photos) addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) take(event.clipboardData.files);
});

const send = (file, line) => new Promise((resolve) => {
  const bar = line.querySelector("progress");
  const form = new FormData();
  form.append("images", file);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
  });
  request.addEventListener("loadend", async () => {
    bar.remove();
    const answer = new Response(request.responseText, { status: request.status || 503 });
    if (answer.ok) line.remove();
    else line.querySelector(".why").textContent = request.status ? await reason(answer) : "the connection was lost";
    resolve(answer.ok);
  });
  request.open("POST", `${api}/images`);
  request.send(form);
});

async function take(files) {
  const lines = [...files].map((file) => {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("span"), { textContent: file.name }));
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    line.append(bar, Object.assign(document.createElement("span"), { className: "why" }));
    photos.querySelector(".uploads").append(line);
    return [file, line];
  });
  for (const [file, line] of lines) {
    if (await send(file, line)) await show();
  }
  photos.querySelector("input[type=file]").value = "";
}

place();
