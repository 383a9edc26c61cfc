// A map to point at: its positions as cells of one unit, pointed at by pointer or arrow keys.
page.map = (extents, label, point, margin = 0) => {
  const { size, placeOf } = page.fields, { draw, make } = page;
  const [rows, columns] = extents.length > 1 ? extents.slice(-2) : [1, extents[0] || 1];
  const high = extents.length > 1 ? 1 : Math.max(columns * 0.06, 1);
  const slices = extents.length > 2 ? extents[0] : 1, most = Math.max(rows, columns);
  const id = `hatch-${page.maps = (page.maps || 0) + 1}`;
  const place = extents.map(n => Math.floor((n - 1) / 2));
  const below = draw("g"), above = draw("g");
  const grid = most > 64 ? "" : Array.from({ length: columns + 1 }, (_, x) => `M${x} 0v${rows * high}`).join("") +
    Array.from({ length: rows + 1 }, (_, y) => `M0 ${y * high}h${columns}`).join("");
  const line = (d, role, more) => draw("path", { d, class: `f-none s-${role}`, "vector-effect": "non-scaling-stroke", ...more });
  const svg = draw("svg", {
    viewBox: `${-margin} ${-margin * (high === 1)} ${columns + 2 * margin} ${rows * high + 2 * margin * (high === 1)}`,
    class: "map", tabindex: 0, role: "application", "aria-label": `${label}; arrow keys move`,
    pointermove: event => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      move([Math.floor(y / high), Math.floor(x)].slice(-Math.min(extents.length, 2)));
    },
    keydown: event => {
      const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!way || !extents.length) return;
      event.preventDefault();
      const by = event.shiftKey ? 8 : 1, last = place.slice(-2);
      move(last.map((at, k) => Math.min(Math.max(at + way.slice(-last.length)[k] * by, 0), extents[extents.length - last.length + k] - 1)), true);
    },
    focus: () => point(place),
  }, draw("defs", {}, draw("pattern", { id, width: most / 60, height: most / 60, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    draw("path", { d: `M0 0v${most / 60}`, class: "s-frame", "stroke-width": most / 120 }))),
  below, draw("rect", { width: columns, height: rows * high, class: "f-card s-line", "vector-effect": "non-scaling-stroke" }),
  above, line(grid, "frame", { "stroke-width": 0.4 }));
  const chooser = slices > 1 && make("input", { type: "range", max: slices - 1, value: place[0], "aria-label": `Slice of ${label}`,
    input: () => { place[0] = Number(chooser.value); point(place); } });
  const move = at => {
    if (!at.every((x, k) => x >= 0 && x < extents[extents.length - at.length + k])) return;
    const before = String(place);
    place.splice(extents.length - at.length, at.length, ...at);
    if (String(place) !== before) point(place);
  };
  // What is marked on a slice, as rectangles of whole runs: rows that hold the same runs are one.
  const runs = set => {
    let d = "", open = "", from = 0;
    const close = y => { if (open) d += open.split(" ").map(run => run.split(",")).map(([x, w]) => `M${x} ${from * high}h${w}v${(y - from) * high}h-${w}z`).join(""); };
    for (let y = 0; y <= rows; y++) {
      const found = [];
      for (let x = 0, start = (chooser ? place[0] : 0) * rows * columns + y * columns; y < rows && x < columns; x++) {
        if (!set[start + x]) continue;
        if (x && set[start + x - 1]) found[found.length - 1][1]++; else found.push([x, 1]);
      }
      if (found.join(" ") !== open) close(y), open = found.join(" "), from = y;
    }
    return d;
  };
  // Mark a set in a colour; `field` is dashed, and hatched where it lies beside the map.
  const mark = (set, role, field) => {
    const [[top, bottom], [left, right]] = field && extents.length ? [[0, rows - 1], ...field].slice(-2) : [[0, -1], [0, -1]];
    if (chooser) slice.textContent = `, slice ${place[0]} of 0 to ${slices - 1}`;
    const inside = field && (!chooser || (field[0][0] <= place[0] && place[0] <= field[0][1]));
    const box = inside ? `M${left} ${top * high}H${right + 1}V${(bottom + 1) * high}H${left}z` : "";
    below.replaceChildren(draw("path", { d: box, fill: `url(#${id})` }));
    above.replaceChildren(draw("path", { d: runs(set), class: `f-${role}`, "data-count": set.reduce((n, on) => n + on, 0) }),
      line(box, "window", { "stroke-dasharray": "4 3", "stroke-width": 1.4 }));
  };
  const slice = make("span");
  const turn = at => { if (chooser) chooser.value = place[0] = at; };
  return { extents, place, mark, turn, one: () => { const set = new Uint8Array(size(extents)); set[place.reduce((i, x, k) => i * extents[k] + x, 0)] = 1; return set; },
    figure: make("figure", { class: extents.length < 2 ? `flat${extents.length}` : null }, make("figcaption", {}, label, slice), svg, chooser || null) };
};
