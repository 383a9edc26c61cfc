// Beside the graph: the panels of the selected layer as tabs, or the model's own derivation.
(() => {
  const { make } = page;
  let key = "derivation";
  const show = ({ index }) => {
    const place = page.article.querySelector(".panel");
    place.replaceChildren();
    place.scrollTop = 0;
    if (index == null) {
      place.append(make("h2", {}, `${page.model.name} as a whole`), make("p", { class: "hint" }, "Choose a layer in the graph or in the table."),
        page.explain(page.model.whole));
      return;
    }
    const layer = page.layer, fitting = page.panels.filter(panel => !panel.fits || panel.fits(layer));
    const body = make("div", { role: "tabpanel", class: "body", id: "body", tabindex: 0 });
    const tabs = fitting.map(panel => make("button", { type: "button", role: "tab", id: "tab-" + panel.key, "aria-controls": "body",
      click: () => turn(panel) }, panel.title));
    const turn = panel => {
      key = panel.key;
      tabs.forEach((tab, at) => {
        const own = fitting[at] === panel;
        tab.setAttribute("aria-selected", own);
        tab.tabIndex = own ? 0 : -1;
      });
      body.setAttribute("aria-labelledby", "tab-" + key);
      body.replaceChildren();
      panel.show(body, layer);
    };
    const list = make("div", { role: "tablist", "aria-label": "Views of the layer", keydown: event => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const next = (tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length;
      turn(fitting[next]);
      tabs[next].focus();
    } }, tabs);
    const node = page.graph.nodeOf(index), folded = node && !node.classList.contains("block") ? page.graph.rowsOf(node) : [];
    const others = folded.filter(row => row !== index && Math.abs(row - index) < 9);
    const link = row => make("button", { type: "button", "data-go": row }, page.model.layers[row].path);
    const near = (title, rows) => rows.length ? make("p", { class: "near" }, make("span", {}, title), rows.slice(0, 12).map(link)) : "";
    place.append(make("h2", {}, layer.path), near("reads", layer.inputs), near("read by", layer.readers), near("on its card", others), list, body);
    turn(fitting.find(panel => panel.key === key) || fitting[0]);
  };
  page.on("select", show);
  page.on("model", () => show({ index: null }));
  page.on("start", () => show({ index: page.index }));
})();
