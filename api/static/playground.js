// The bench: cards write the URL, the URL shows the picture, and a URL that is typed becomes cards again.  Works on top of
// a form that does without it.  Only this server is asked for anything.
const bench = document.querySelector("[data-bench]");
const { base, signed, tools } = JSON.parse(document.getElementById("declarations").textContent);
const toolOf = new Map(tools.map((tool) => [tool.id, tool]));
const $ = (selector) => bench.querySelector(selector);
const [address, own, list, trouble] = [$("#transformation"), $("#own"), $("[data-cards]"), $("#trouble")];
const picture = $("#picture");

// What an <img> says it takes; a fetch must say it itself, so that both are answered alike.
const ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const LARGE_PIXELS = 2_500_000;
const state = { cards: [], name: "", text: "", image: "", formats: {}, accept: ACCEPT, shows: new Set(["avif", "webp", "jpg"]) };

const url = (text, name = state.name) => base + [text, name].filter(Boolean).join("/");
const joined = () => state.cards.map((card) => cardsOf.write(card, toolOf.get(card.tool))).filter(Boolean).join("/");
const kilobytes = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`);
const later = (work, wait_ms) => {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => work(...given), wait_ms); };
};

// --- asking -----------------------------------------------------------------------------------------------------------

let asking = new AbortController();

const develop = async (at, signal, accept) => {
  const started = performance.now();
  // Past the browser's cache, so that the time is the server's, but into it, so that the <img> finds it there.
  const answer = await fetch(at, { headers: accept ? { accept } : {}, cache: "reload", signal });
  const body = await answer.blob();
  if (!answer.ok) throw new Error(answer.headers.get("x-cld-error") ?? answer.statusText);
  const timings = (answer.headers.get("server-timing") ?? "").split(/,\s*/).map((part) => part.split(";"));
  return { bytes: body.size, format: body.type.replace("image/", ""), took_ms: performance.now() - started, timings };
};

const explain = async (text, name, signal) => {
  const query = new URLSearchParams({ transformation: text, photo: name, facts: "false" });
  const answer = await fetch(`/api/explain?${query}`, { headers: { accept: state.accept }, signal });
  const said = await answer.json();
  return said.error || answer.ok ? said : { error: said.detail };
};

// `retype` says that the text came from the keyboard or a link, so that the cards must follow it.
const refresh = async (text, name, retype) => {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  bench.setAttribute("aria-busy", "true");
  try {
    const said = await explain(text, name, signal);
    if (signal.aborted) return;
    if (said.error) return complain(said);
    trouble.hidden = true;
    address.removeAttribute("aria-invalid");
    Object.assign(state, { text: said.transformation, name: said.name, image: said.image, formats: said.formats });
    if (retype) {
      state.cards = said.cards;
      lay();
    }
    choose(said.name);
    const seen = await develop(state.image, signal, state.accept);
    await show(said, seen);
    if (!signal.aborted) await compare(seen, signal);
  } catch (error) {
    if (error.name !== "AbortError") complain({ error: error.message });
  } finally {
    if (!signal.aborted) bench.removeAttribute("aria-busy");
  }
};

const complain = ({ error, parameter, came, expected }) => {
  trouble.replaceChildren(...(parameter
    ? [cardsOf.element("b", {}, parameter), " cannot be ", cardsOf.element("code", {}, came), `, expected ${expected}.`]
    : [error]));
  trouble.hidden = false;
  address.setAttribute("aria-invalid", "true");
};

// --- showing ----------------------------------------------------------------------------------------------------------

const fact = (name, text) => { $(`[data-fact="${name}"]`).textContent = text; };

const show = async (said, seen) => {
  const shown = state.image;
  picture.hidden = false;
  if (picture.getAttribute("src") !== shown) picture.src = shown;
  const sized = await picture.decode().then(() => true, () => false);
  if (picture.getAttribute("src") !== shown) return;
  Object.assign(seen, sized ? { width: picture.naturalWidth, height: picture.naturalHeight } : {});
  fact("size", sized ? `${seen.width} × ${seen.height}` : "–");
  fact("bytes", kilobytes(seen.bytes));
  fact("format", seen.format);
  fact("time", `${seen.took_ms.toFixed(0)} ms`);
  const { timings } = seen;
  fact("cache", timings.find(([name]) => name === "cache")?.[1]?.replace("desc=", "") ?? "–");
  const stages = timings.filter((one) => one[1]?.startsWith("dur=")).map(([name, dur]) => `${name} ${Number(dur.slice(4)).toFixed(1)} ms`);
  $("[data-stages]").textContent = stages.length ? `On the server: ${stages.join(", ")}` : "";
  $("[data-facts]").hidden = $("[data-stages]").hidden = false;
  take(said.canonical, seen);
  const query = new URLSearchParams({ transformation: state.text, photo: state.name });
  history.replaceState(null, "", `/playground?${query}`);
};

const plain = (text) => text.split("/").map((part) => part.split(",").filter((one) => !/^[fq]_/.test(one)).join(",")).filter(Boolean).join("/");

const take = (canonical, { width, height }) => {
  const whole = (path) => location.origin + encodeURI(decodeURI(path));
  const here = (text) => whole(url(text));
  const bare = plain(state.text);
  const widths = [320, 480, 640, 960, 1280, 1920].filter((rung) => rung < width).concat(width ?? []);
  const ladder = (format) => widths.map((rung) =>
    `${here(`${bare ? `${bare}/` : ""}c_limit,w_${rung}/f_${format}/q_auto`)} ${rung}w`).join(",\n            ");
  const slot = width ? ` sizes="(min-width: ${width}px) ${width}px, 100vw"` : "";
  const source = (format) => `  <source type="image/${format}"${slot}\n    srcset="${ladder(format)}">`;
  const size = width ? ` width="${width}" height="${height}"` : "";
  const texts = {
    url: whole(state.image),
    picture: `<picture>\n${source("avif")}\n${source("webp")}\n  <img src="${here(`${bare ? `${bare}/` : ""}f_jpg/q_auto`)}"${size} alt="" loading="lazy" decoding="async">\n</picture>`,
    markdown: `![](${whole(state.image)})`,
    next: `export default function darkroom({ src, width, quality }) {\n  const done = \`${bare ? `${bare}/` : ""}c_limit,w_\${width}/f_auto/q_\${quality ?? "auto"}\`;\n  return \`${location.origin}${base}\${done}/\${src}\`;\n}\n\n// <Image loader={darkroom} src="${state.name}"${size.replace(/"(\d+)"/g, "{$1}")} alt="" />`,
    canonical,
  };
  const each = "Every width has a signature of its own here: `signed` in imgproxy.url writes them.";
  if (signed) Object.assign(texts, { picture: each, next: each });
  for (const [name, text] of Object.entries(texts)) document.getElementById(`copy-${name}`).textContent = text;
};

const compare = async ({ width, height }, signal) => {
  const place = $("[data-formats]");
  if (width * height > LARGE_PIXELS) {
    const go = cardsOf.element("button", { type: "button", className: "button quiet" }, "Compare, although it is large");
    go.addEventListener("click", () => measure(place, signal).catch(() => {}));
    place.replaceChildren(cardsOf.element("li", { className: "wide" }, go));
  } else await measure(place, signal);
};

const measure = async (place, signal) => {
  const found = [];
  for (const [format, at] of Object.entries(state.formats)) {
    const one = await develop(at, signal).catch((error) => ({ error }));
    if (signal.aborted) return;
    found.push({ ...one, format, at });
  }
  const most = Math.max(...found.map((one) => one.bytes ?? 0), 1);
  place.replaceChildren(...found.map((one) => tile(one, most)));
};

const tile = ({ format, at, bytes, took_ms, error }, most) => {
  const { element } = cardsOf;
  const seen = state.shows.has(format) && !error;
  const plate = element("span", { className: "plate" }, seen
    ? element("img", { src: at, alt: `As ${format}`, loading: "lazy", decoding: "async" })
    : element("span", { className: "unlit" }, error ? error.message : "not shown by this browser"));
  const bar = element("meter", { min: 0, max: most, value: bytes ?? 0, "aria-hidden": "true" });
  return element("li", {}, seen ? element("a", { href: at }, plate) : plate,
    element("p", {}, element("b", {}, format), element("span", {}, error ? "–" : kilobytes(bytes))),
    bar, element("p", { className: "hint" }, error ? "" : `${took_ms.toFixed(0)} ms`));
};

// --- changing ---------------------------------------------------------------------------------------------------------

const soon = later(refresh, 220);

const changed = () => {
  address.value = url(joined());
  soon(joined(), state.name, false);
};

const lay = (focus) => {
  list.replaceChildren(...state.cards.map((card, place) =>
    cardsOf.build(card, toolOf.get(card.tool), place, state.cards.length, (what) => act(place, what))));
  if (focus) (list.querySelector(focus) ?? $("#tool")).focus();
};

const act = (place, what) => {
  const cards = state.cards;
  const to = { up: place - 1, down: place + 1 }[what];
  if (to !== undefined) [cards[place], cards[to]] = [cards[to], cards[place]];
  if (what === "close") cards.splice(place, 1);
  const at = Math.min(to ?? place, cards.length - 1) + 1;
  const one = `[data-act="${what}"]:not(:disabled)`;
  if (what !== "change") lay(`li:nth-child(${at}) ${list.querySelector(`li:nth-child(${at}) ${one}`) ? one : "[data-act=close]"}`);
  changed();
};

const typed = later(() => {
  const text = address.value.trim().replace(location.origin, "");
  if (text.startsWith(base)) refresh(text.slice(base.length), "", true);
  else refresh(text.replace(/^\/+/, ""), state.name, true);
}, 350);

// The answer's own directives stay last, where people look for them.
const add = () => {
  const tool = toolOf.get($("#tool").value);
  const ending = state.cards.findIndex((card) => toolOf.get(card.tool)?.group === "Directive");
  const at = ending < 0 || tool.group === "Directive" ? state.cards.length : ending;
  state.cards.splice(at, 0, structuredClone(tool.start));
  lay(`li:nth-child(${at + 1}) :is(input, select, textarea)`);
  list.children[at].scrollIntoView({ block: "nearest" });
  changed();
};

const choose = (name) => {
  const radios = [...bench.querySelectorAll('[name="photo"]')];
  for (const radio of radios) radio.checked = radio.value === name;
  if (document.activeElement !== own) own.value = radios.some((radio) => radio.checked) ? "" : decodeURI(name);
};

const withName = (name) => {
  state.name = name;
  changed();
};

const begin = async () => {
  for (const part of bench.querySelectorAll("[data-live]")) part.hidden = false;
  for (const part of bench.querySelectorAll("[data-plain]")) part.hidden = true;
  address.labels[0].textContent = "URL";
  const jxl = new Image();
  jxl.src = "data:image/jxl;base64,/woIELASCAgQAFwASxLFgkWAHL0xqnCBCV0qDp901Te/5QM=";
  await jxl.decode().then(() => { state.shows.add("jxl"); state.accept = `image/jxl,${ACCEPT}`; }).catch(() => {});
  state.name = $('[name="photo"]:checked')?.value ?? encodeURI(own.value);
  const text = address.value.trim();
  address.value = url(text);
  if (state.name) await refresh(text, state.name, true);
};

bench.addEventListener("submit", (event) => { event.preventDefault(); typed(); });
address.addEventListener("input", typed);
address.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
own.addEventListener("input", later(() => own.value.trim() && withName(encodeURI(own.value.trim())), 500));
$("[data-add]").addEventListener("click", add);
for (const radio of bench.querySelectorAll('[name="photo"]')) radio.addEventListener("change", () => withName(radio.value));
for (const link of bench.querySelectorAll("[data-start]")) {
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    address.value = url(link.dataset.start);
    refresh(link.dataset.start, state.name, true);
  });
}

// --- a picture of one's own -------------------------------------------------------------------------------------------

const bring = document.getElementById("bring");
const file = $("#picture-file");

const takeIn = (files) => {
  if (!files.length) return;
  const one = new DataTransfer();
  one.items.add(files[0]);
  file.files = one.files;
  bring.elements.transformation.value = state.text;
  file.parentElement.querySelector("[role=status]").textContent = `${files[0].name} is on its way…`;
  bring.requestSubmit();
};

if (bring) {
  const carries = (event) => event.dataTransfer.types.includes("Files");
  file.addEventListener("change", () => takeIn(file.files));
  addEventListener("paste", (event) => takeIn(event.clipboardData.files));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      $("[data-easel]").classList.toggle("over", kind === "dragover");
      if (kind === "drop") takeIn(event.dataTransfer.files);
    });
  }
}
begin();
