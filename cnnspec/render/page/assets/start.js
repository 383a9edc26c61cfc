// What follows the reader: the table, the lines of the text, the search, the address, light and dark.
(() => {
  const { make } = page, root = document.documentElement, one = id => document.getElementById(id);
  const rows = () => page.all("tr[data-row]");

  // The table is folded as the graph is.
  const follow = () => {
    const { opens, closes } = page.graph.get(), hidden = new Map();
    for (const node of page.graph.nodes().filter(node => node.classList.contains("block")))
      for (const row of page.graph.rowsOf(node)) hidden.set(row, node);
    rows().forEach(row => { row.hidden = hidden.has(+row.dataset.row); });
    page.all("tr.scope").forEach(head => {
      const path = head.dataset.scope, inside = page.model.layers.flatMap((layer, at) => layer.path.startsWith(path + "/") ? [at] : []);
      const node = hidden.get(inside[0]), folded = inside.every(at => hidden.has(at)), own = node && node.dataset.layer === path;
      head.hidden = folded && !own;
      head.querySelector(".sum").textContent = folded && own ? node.querySelector("title").textContent.replace(/^.*? (×\d|[\d,]+ layer)/, "$1") : "";
      const button = head.querySelector("button");
      button.disabled = !(path in opens || path in closes);
      button.disabled || button.setAttribute("aria-expanded", !(folded && own));
    });
  };
  const mark = ({ index, source }) => {
    rows().forEach(row => {
      const own = +row.dataset.row === index;
      row.classList.toggle("chosen", own);
      row.querySelector("[data-go]").setAttribute("aria-pressed", own);
    });
    document.querySelector(".code .chosen")?.classList.remove("chosen");
    if (page.layer?.at) one(`line-${page.layer.at.join("-")}`).classList.add("chosen");
    if (source !== "address") history.replaceState(null, "", index == null ? location.pathname : "#" + address());
  };
  const address = () => encodeURIComponent((page.data.models.length > 1 ? page.model.name + "/" : "") + page.layer.path);

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-go],[data-toggle],[data-line]");
    if (!button) return;
    const { go, toggle, line } = button.dataset;
    if (go) page.select(+go, button.closest("table") ? "table" : "link");
    else if (toggle) page.graph.toggle(toggle);
    else if (button.closest(".code")) {
      const found = page.model.layers.findIndex(layer => layer.at && layer.at.join("-") === line);
      if (found >= 0) page.select(found, "line");
    } else {
      const target = one("line-" + line);
      target.closest("details").open = true;
      target.scrollIntoView({ block: "center", behavior: page.still ? "auto" : "smooth" });
      target.querySelector("button").focus({ preventScroll: true });
    }
  });

  // Search: as one types, the cards that have no layer whose path, kind or arguments hold all the words fade; Enter takes
  // the first one that has.
  const field = one("search");
  const hits = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    return page.model.layers.flatMap(({ path, kind, summary }, at) =>
      words.length && words.every(word => `${path} ${kind} ${summary}`.toLowerCase().includes(word)) ? [at] : []);
  };
  const fade = () => {
    const found = new Set(hits()), seeks = field.value.trim();
    page.graph.nodes().forEach(node => node.classList.toggle("faded", seeks && !page.graph.rowsOf(node).some(row => found.has(row))));
    rows().forEach(row => row.classList.toggle("faded", seeks && !found.has(+row.dataset.row)));
    if (seeks) page.say(`${found.size} layers found`);
  };
  field.addEventListener("input", fade);
  field.addEventListener("keydown", ({ key }) => {
    const exact = page.model.layers.findIndex(layer => layer.path === field.value), found = exact < 0 ? hits()[0] : exact;
    if (key === "Escape" || (key === "Enter" && found != null)) {
      field.value = "";
      fade();
      field.blur();
    }
    if (key !== "Enter" || found == null) return;
    page.select(found, "search");
    page.graph.nodeOf(found).focus({ preventScroll: true });
  });
  document.addEventListener("keydown", event => {
    if (event.target.closest("input,select")) return;
    if (event.key === "/") { event.preventDefault(); field.focus(); }
    else if (event.key === "Escape") page.select(null);
  });

  const theme = one("theme"), night = matchMedia("(prefers-color-scheme:dark)"), dark = () => root.dataset.theme ? root.dataset.theme === "dark" : night.matches;
  // The button says what it brings.
  const tell = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  night.addEventListener("change", tell);
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; tell(); });
  tell();

  const offer = () => one("paths").replaceChildren(...page.model.layers.map(({ path, kind, summary }) =>
    make("option", { value: path }, `${kind} ${summary}`)));
  const models = one("models");
  models?.addEventListener("change", () => page.choose(+models.value));
  page.on("model", at => {
    document.querySelectorAll("article").forEach((article, other) => { article.hidden = other !== at; });
    if (models) models.value = at;
    ["graph", "table"].forEach(id => { one(id).id = ""; page.article.querySelector(`[data-part=${id}]`).id = id; });
  });
  const read = () => {
    const name = decodeURIComponent(location.hash.slice(1)), models = page.data.models;
    const at = models.findIndex(model => name.startsWith(model.name + "/")), path = at < 0 ? name : name.slice(models[at].name.length + 1);
    const { layers } = models[Math.max(at, 0)], exact = layers.findIndex(layer => layer.path === path);
    const row = exact < 0 ? layers.findIndex(layer => layer.path.endsWith("/" + path)) : exact;
    if (row < 0 || !path) return;
    page.choose(Math.max(at, 0));
    page.select(row, "address");
  };
  // On paper nothing can be opened.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach(part => { part.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach(part => { part.open = false; }));
  page.on("select", mark);
  page.on("view", () => { follow(); fade(); });
  page.on("model", () => { follow(); offer(); });
  addEventListener("hashchange", read);
  page.emit("start");
  follow();
  offer();
  read();
})();
