// A map to point at, by pointer or arrow keys; its positions are cells of one unit.
page.map = (extents, label, point, margin) => {
  const { indexOf, one } = page.fields, { draw, make } = page, rank = extents.length, flat = Math.min(rank, 2);
  const [rows, columns] = [1, 1, ...extents].slice(-2), high = rank > 1 ? 1 : Math.max(columns * 0.06, 1);
  const most = Math.max(rows, columns), id = `hatch-${page.maps = (page.maps || 0) + 1}`, up = rank > 1 ? margin : 0;
  const place = extents.map(n => n - 1 >> 1), below = draw("g"), above = draw("g"), slice = make("span");
  const line = (d, role, more) => draw("path", { d, class: `f-none s-${role}`, "vector-effect": "non-scaling-stroke", ...more });
  const go = at => {
    const next = [...place.slice(0, rank - flat), ...at];
    if (String(next) === String(place) || next.some((x, k) => x < 0 || x >= extents[k])) return;
    place.splice(0, rank, ...next);
    point();
  };
  const svg = draw("svg", {
    viewBox: [-margin, -up, columns + 2 * margin, rows * high + 2 * up], class: "map", tabindex: 0, role: "application",
    "aria-label": `${label}; arrow keys move`, focus: () => point(),
    pointermove: event => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      go([Math.floor(y / high), Math.floor(x)].slice(2 - flat));
    },
    keydown: event => {
      const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (way) event.preventDefault(), go(way.slice(2 - flat).map((by, k) => Math.min(Math.max(place[rank - flat + k] + by * (event.shiftKey ? 8 : 1), 0), extents[rank - flat + k] - 1)));
    },
  }, draw("pattern", { id, width: most / 60, height: most / 60, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    draw("path", { d: `M0 0v${most}`, class: "s-frame", "stroke-width": most / 120 })),
  below, draw("rect", { width: columns, height: rows * high, class: "f-card s-line", "vector-effect": "non-scaling-stroke" }), above,
  most > 64 ? null : line(`M0 0${`v${rows * high}m1-${rows * high}`.repeat(columns)}M0 0${`h${columns}m-${columns} ${high}`.repeat(rows)}`, "frame", { "stroke-width": 0.4 }));
  const chooser = rank > 2 ? make("input", { type: "range", max: extents[0] - 1, "aria-label": `Slice of ${label}`, input: () => { place[0] = Number(chooser.value); point(); } }) : null;
  return {
    extents, place, chooser, one: () => one(place, extents),
    figure: make("figure", { class: `rank${rank}` }, make("figcaption", {}, label, slice), svg, chooser),
    // Mark a set, row by row in runs; the field is dashed, and hatched where it lies beside the map.
    mark(set, role, field) {
      let d = "";
      if (chooser) chooser.value = place[0], slice.textContent = `, slice ${place[0]} of 0 to ${extents[0] - 1}`;
      for (let y = 0, i = chooser ? indexOf([...place.slice(0, -2), 0, 0], extents) : 0; y < rows; y++) for (let x = 0; x < columns; x++, i++) {
        let w = 0;
        while (x + w < columns && set[i + w]) w++;
        if (w) d += `M${x} ${y * high}h${w}v${high}h-${w}z`, x += w - 1, i += w - 1;
      }
      const [[top, bottom], [left, right]] = [[0, 0], [0, 0], ...field || []].slice(-2);
      const box = field && !(rank > 2 && (field[0][0] > place[0] || field[0][1] < place[0])) ? `M${left} ${top * high}H${right + 1}V${(bottom + 1) * high}H${left}z` : "";
      below.replaceChildren(draw("path", { d: box, fill: `url(#${id})` }));
      above.replaceChildren(draw("path", { d, class: role === "mark" ? "f-mark-card s-mark-card" : "f-field", "stroke-width": 3, "vector-effect": "non-scaling-stroke", "data-count": set.reduce((n, on) => n + on, 0) }), line(box, "window", { "stroke-dasharray": "4 3", "stroke-width": 1.4 }));
    },
  };
};
