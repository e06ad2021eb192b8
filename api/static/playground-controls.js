// From declarations to controls: a card is one operation with its values as texts of the URL language.  What the server
// could not put into values is a card with a text of its own.  Nothing here knows a single operation.
const cardsOf = (() => {
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  };

  const icon = (name) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
  };

  let count = 0;
  const fresh = () => `c${++count}`;
  const clean = (text) => text.trim().replace(/[\s#?,/]/g, encodeURIComponent);

  const write = (card, tool) => {
    if (!tool) return card.text.trim().replace(/^\/+|\/+$/g, "").replace(/[\s#?]/g, encodeURIComponent);
    const value = (control) => card.values[control.name] ?? "";
    const words = [card.name, ...tool.controls.filter((one) => !one.written).map(value)];
    while (words.length && !words.at(-1)) words.pop();
    const head = words.slice(card.name ? 0 : 1).join(":");
    const qualifiers = tool.controls
      .filter((one) => one.written && value(one))
      .map((one) => `${one.written}_${value(one)}`);
    return [...(head ? [`${tool.key}_${head}`] : []), ...qualifiers].join(",");
  };

  // --- one control per kind: each takes the text in force, and says the new one ---------------------------------------

  const text = (control, id, now, say) => {
    const known = control.choices?.length ? element("datalist", { id: `${id}-known` },
      ...control.choices.map((choice) => element("option", { value: choice }))) : null;
    const input = element("input", { id, value: now, placeholder: control.default || control.expected,
      autocapitalize: "off", autocomplete: "off", spellcheck: false, list: known?.id });
    input.addEventListener("input", () => say(clean(input.value)));
    return [input, known];
  };

  const slider = (control, id, now, say, bounds) => {
    const [low, high, step] = bounds ?? [control.minimum, control.maximum, control.step ?? 1];
    const shown = Number(now || control.default || Math.max(low, 0));
    const range = element("input", { type: "range", min: low, max: high, step, "aria-labelledby": `${id}-label` });
    const input = element("input", { id, value: now || control.default || "", inputMode: bounds ? "text" : "decimal",
      placeholder: bounds ? "–" : "auto", autocomplete: "off" });
    range.value = shown;
    range.addEventListener("input", () => { input.value = range.value; say(range.value); });
    input.addEventListener("input", () => { range.value = Number(input.value) || 0; say(clean(input.value)); });
    return [element("span", { className: "pair" }, range, input)];
  };

  const choice = (control, id, now, say) => {
    const choices = control.required ? control.choices : ["", ...control.choices.filter((one) => one !== control.default)];
    const select = element("select", { id }, ...choices.map((one) =>
      element("option", { value: one }, one || control.default || "–")));
    select.value = now;
    select.addEventListener("change", () => say(select.value));
    return [select];
  };

  const colour = (control, id, now, say) => {
    const hex = (value) => /^(?:rgb:)?#?([0-9a-f]{6})/i.exec(value)?.[1] ?? "808080";
    const picker = element("input", { type: "color", value: `#${hex(now || control.default)}`, "aria-labelledby": `${id}-label` });
    const [input, known] = text(control, id, now, (value) => {
      picker.value = `#${hex(value)}`;
      say(value);
    });
    picker.addEventListener("input", () => { input.value = `rgb:${picker.value.slice(1)}`; say(input.value); });
    return [element("span", { className: "pair swatch" }, picker, input), known];
  };

  const gravity = (control, id, now, say) => {
    const points = control.choices.map((point) => {
      const radio = element("input", { type: "radio", name: id, value: point, checked: (now || control.default) === point,
        "aria-label": point.replace("_", " ") });
      radio.addEventListener("change", () => { input.value = point; say(point); });
      return radio;
    });
    const [input, known] = text({ ...control, choices: ["auto", "face", "faces", "auto:faces", "body", ...control.choices] },
      id, now, (value) => {
        for (const point of points) point.checked = point.value === (value || control.default);
        say(value);
      });
    const compass = element("span", { className: "compass", role: "radiogroup", "aria-labelledby": `${id}-label` }, ...points);
    return [element("span", { className: "pair aim" }, compass, input), known];
  };

  const kinds = {
    slider, choice, colour, gravity, text, number: text,
    length: (control, id, now, say) => slider(control, id, now, say, [1, 1600, 1]),
    offset: (control, id, now, say) => slider(control, id, now, say, [-400, 400, 1]),
  };

  const row = (card, control, changed) => {
    const id = fresh();
    const say = (value) => {
      card.values[control.name] = value === control.default && !control.required ? "" : value;
      changed();
    };
    const made = (kinds[control.kind] ?? text)(control, id, card.values[control.name] ?? "", say);
    return element("div", { className: "field" },
      element("label", { id: `${id}-label`, htmlFor: id }, control.label,
        control.written ? element("code", {}, `${control.written}_`) : null), ...made);
  };

  const names = (card, tool, changed) => {
    if (tool.names.length < 2) return null;
    const id = fresh();
    const select = element("select", { id }, ...tool.names.map((name) => element("option", { value: name }, name)));
    select.value = card.name;
    select.addEventListener("change", () => { card.name = select.value; changed(); });
    return element("div", { className: "field" }, element("label", { htmlFor: id }, "Kind"), select);
  };

  const verbatim = (card, changed) => {
    const id = fresh();
    const area = element("textarea", { id, rows: 3, value: card.text, spellcheck: false, autocapitalize: "off" });
    area.addEventListener("input", () => { card.text = area.value; changed(); });
    return element("div", { className: "field" }, element("label", { htmlFor: id }, "As written"), area);
  };

  // What most people reach for stays in sight; the rest of many controls is one touch away.
  const body = (card, tool, changed) => {
    if (!tool) return [verbatim(card, changed)];
    const rows = tool.controls.map((control) => row(card, control, changed));
    const set = (control) => control.required || card.values[control.name] || !control.written || "wh".includes(control.written);
    const front = rows.filter((_, at) => tool.controls.length < 4 || set(tool.controls[at]));
    const rest = rows.filter((one) => !front.includes(one));
    const more = rest.length ? element("details", { className: "more" }, element("summary", {}, "More"), ...rest) : null;
    return [names(card, tool, changed), ...front, more];
  };

  const build = (card, tool, place, total, act) => {
    const title = tool ? tool.title : "Own words";
    const button = (what, label, off) => {
      const made = element("button", { type: "button", className: "small", "aria-label": `${label} ${title}`, disabled: off }, icon(what));
      made.dataset.act = what;
      made.addEventListener("click", () => act(what));
      return made;
    };
    const head = element("header", {}, element("h3", {}, title, " ", element("code", {}, tool ? tool.id : "")),
      button("up", "Move up", place === 0), button("down", "Move down", place === total - 1), button("close", "Remove", false));
    const words = tool ? element("p", { className: "hint" }, tool.words.replaceAll("`", "")) : null;
    return element("li", { className: "tool" }, head, words, ...body(card, tool, () => act("change")).filter(Boolean));
  };

  return { build, write, element };
})();
