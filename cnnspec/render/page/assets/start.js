// What follows the reader: the table, the lines of the text, the search, the address, light and dark.
(() => {
  const { make } = page, root = document.documentElement, one = id => document.getElementById(id);
  const rows = () => [...page.article.querySelectorAll("tr[data-row]")];

  // The table is folded as the graph is.
  const follow = () => {
    const { opens, closes } = page.graph.get(), hidden = new Map();
    for (const node of page.graph.nodes().filter(node => node.classList.contains("block")))
      for (const row of page.graph.rowsOf(node)) hidden.set(row, node);
    rows().forEach(row => { row.hidden = hidden.has(+row.dataset.row); });
    page.article.querySelectorAll("tr.scope").forEach(head => {
      const path = head.dataset.scope, inside = page.model.layers.flatMap((layer, at) => layer.path.startsWith(path + "/") ? [at] : []);
      const node = hidden.get(inside[0]), folded = inside.every(at => hidden.has(at)), own = node && node.dataset.layer === path;
      head.hidden = folded && !own;
      head.querySelector(".sum").textContent = folded && own ? node.querySelector("title").textContent.split(": ").slice(1).join(": ") : "";
      const button = head.querySelector("button");
      button.disabled = !(path in opens || path in closes);
      button.disabled ? button.removeAttribute("aria-expanded") : button.setAttribute("aria-expanded", !(folded && own));
    });
  };
  const mark = ({ index, source }) => {
    rows().forEach(row => {
      const own = +row.dataset.row === index;
      row.classList.toggle("chosen", own);
      row.querySelector("[data-go]").setAttribute("aria-pressed", own);
    });
    document.querySelectorAll(".code .chosen").forEach(line => line.classList.remove("chosen"));
    const at = page.layer && page.layer.at;
    if (at) one(`line-${at[0]}-${at[1]}`).classList.add("chosen");
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

  // Search: as one types, the layers whose path, kind or arguments have all the words.
  const field = one("search"), list = one("found");
  let chosen = -1;
  const options = () => [...list.children];
  const point = at => {
    chosen = at;
    options().forEach((option, other) => option.setAttribute("aria-selected", other === at));
    at < 0 ? field.removeAttribute("aria-activedescendant") : field.setAttribute("aria-activedescendant", options()[at].id);
    options()[at]?.scrollIntoView({ block: "nearest" });
  };
  const found = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length ? page.model.layers.flatMap((layer, at) =>
      words.every(word => `${layer.path} ${layer.kind} ${layer.summary}`.toLowerCase().includes(word)) ? [at] : []) : [];
    list.replaceChildren(...hits.slice(0, 40).map(at => make("li", { role: "option", id: "found-" + at, "data-at": at, mousedown: event => { event.preventDefault(); take(at); } },
      make("b", {}, page.model.layers[at].path), ` ${page.model.layers[at].kind} ${page.model.layers[at].summary}`)));
    list.hidden = !hits.length;
    field.setAttribute("aria-expanded", !list.hidden);
    point(hits.length ? 0 : -1);
    if (words.length) page.say(`${hits.length} layers found`);
  };
  const take = at => {
    field.value = "";
    found();
    page.select(at, "search");
    page.graph.nodeOf(at)?.focus({ preventScroll: true });
  };
  field.addEventListener("input", found);
  field.addEventListener("blur", () => { list.hidden = true; field.setAttribute("aria-expanded", false); });
  field.addEventListener("keydown", event => {
    const count = options().length, by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && count) point((chosen + by + count) % count);
    else if (event.key === "Enter" && chosen >= 0) take(+options()[chosen].dataset.at);
    else if (event.key === "Escape") { field.value = ""; found(); field.blur(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", event => {
    if (event.target.closest("input,select")) return;
    if (event.key === "/") { event.preventDefault(); field.focus(); }
    else if (event.key === "Escape") page.select(null);
  });

  const theme = one("theme"), dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
  const tell = () => theme.setAttribute("aria-pressed", dark());
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; tell(); });
  tell();

  const models = one("models");
  models?.addEventListener("change", () => page.choose(+models.value));
  page.on("model", at => {
    document.querySelectorAll("article").forEach((article, other) => { article.hidden = other !== at; });
    if (models) models.value = at;
    ["graph", "table"].forEach(id => { one(id).id = ""; page.article.querySelector(`[data-part=${id}]`).id = id; });
  });
  const read = () => {
    const name = decodeURIComponent(location.hash.slice(1)), several = page.data.models.length > 1;
    page.data.models.forEach((model, at) => {
      const path = several && name.startsWith(model.name + "/") ? name.slice(model.name.length + 1) : name;
      const hits = model.layers.flatMap((layer, row) => layer.path === path || layer.path.endsWith("/" + path) ? [row] : []);
      const exact = model.layers.findIndex(layer => layer.path === path), row = exact >= 0 ? exact : hits.length === 1 ? hits[0] : -1;
      if (row < 0 || !path || (several && path === name && at !== page.data.models.indexOf(page.model))) return;
      page.choose(at);
      page.select(row, "address");
    });
  };
  page.on("select", mark);
  page.on("view", follow);
  page.on("model", follow);
  addEventListener("hashchange", read);
  page.emit("start");
  follow();
  read();
})();
