// The derivation of the selected layer: the sections of `cnnspec explain FILE LAYER`.
(() => {
  const { make } = page, pieces = page.data.pieces;
  const table = ([, columns, numeric, runs, stacked]) => {
    const rows = [];
    for (let at = 0; at < runs.length; at += 2) rows.push(...pieces.slice(runs[at], runs[at] + runs[at + 1]));
    const side = at => ({ class: numeric[at] ? "number" : null });
    return make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Table" }, make("table", { class: stacked ? "stacked" : null },
      make("thead", {}, make("tr", {}, columns.map((name, at) => make("th", { scope: "col", ...side(at) }, name)))),
      make("tbody", {}, rows.map(row => make("tr", {}, row.length === 1
        ? make("td", { colspan: columns.length }, row[0])
        : row.map((cell, at) => make("td", { "data-name": columns[at], ...side(at) }, cell)))))));
  };
  const grid = ([name, ...rows]) => make("figure", {}, make("figcaption", {}, name),
    make("table", {}, rows.map(row => make("tr", {}, row.map(cell => make("td", { class: "number" }, cell))))));
  const line = piece => {
    if (typeof piece === "string") return make("p", {}, piece);
    if (piece[0] === "t") return table(piece);
    if (piece[0] === "e") return make("div", { class: "equation" }, make("span", {}, piece[1]), make("code", {}, piece[2]));
    return make("div", { class: "grids" }, piece.slice(1).map(grid));
  };
  // An explanation as elements: its title, then its sections.
  page.explain = ([title, ...sections]) => make("div", { class: "derivation" }, make("p", { class: "title" }, title),
    sections.filter(([, ...lines]) => lines.length).map(([heading, ...lines]) =>
      make("section", {}, heading && make("h3", {}, heading), lines.map(number => line(pieces[number])))));
  page.panel({
    key: "derivation",
    title: "Derivation",
    show: element => element.append(page.explain(page.model.derivations[page.index])),
  });
})();
