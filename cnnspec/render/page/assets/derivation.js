// The derivation of the selected layer: the sections of `cnnspec explain FILE LAYER`.
page.panel({
  key: "derivation",
  title: "Derivation",
  show(element, layer) {
    const { make } = page, pieces = page.data.pieces;
    const [title, ...sections] = page.model.derivations[page.index];
    const table = ([, columns, numeric, runs]) => {
      const rows = [];
      for (let at = 0; at < runs.length; at += 2) rows.push(...pieces.slice(runs[at], runs[at] + runs[at + 1]));
      const side = at => ({ class: numeric[at] ? "number" : null });
      return make("div", { class: "scroll" }, make("table", {},
        make("thead", {}, make("tr", {}, columns.map((name, at) => make("th", { scope: "col", ...side(at) }, name)))),
        make("tbody", {}, rows.map(row => make("tr", {}, row.length === 1
          ? make("th", { colspan: columns.length, scope: "colgroup" }, row[0])
          : row.map((cell, at) => make("td", side(at), cell)))))));
    };
    const line = piece => {
      if (typeof piece === "string") return make("p", {}, piece);
      if (piece[0] === "t") return table(piece);
      if (piece[0] === "e") return make("div", { class: "equation" }, piece[1] && make("span", {}, piece[1]), make("code", {}, piece[2]));
      return make("div", { class: "grids" }, piece.slice(1).map(([name, ...rows]) => make("figure", {}, make("figcaption", {}, name),
        make("table", {}, rows.map(row => make("tr", {}, row.map(cell => make("td", { class: "number" }, cell))))))));
    };
    element.append(make("p", { class: "title" }, title));
    for (const [heading, ...lines] of sections) {
      if (!lines.length) continue;
      element.append(make("section", {}, heading && make("h3", {}, heading), lines.map(number => line(pieces[number]))));
    }
  },
});
