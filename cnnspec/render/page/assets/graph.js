// The graph: blocks that open and close, zoom, and the way along its edges by keys.
(() => {
  const shown = new Map();
  const state = () => {
    const { article } = page;
    if (!shown.has(article)) shown.set(article, { at: 0, scale: 0, svg: page.all("svg.graph")[0] });
    return shown.get(article);
  };
  const stage = () => page.all(".stage")[0];
  const graph = () => page.model.graphs[state().at];
  const nodes = () => page.all(".graph [data-rows]");
  const edges = () => page.all(".edge");
  const pathOf = node => node.dataset.layer;
  const rowsOf = node => node.dataset.rows.split(",").flatMap(part => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  const nodeOf = index => nodes().find(node => rowsOf(node).includes(index));
  const holds = (node, path) => pathOf(node) === path || pathOf(node).startsWith(path + "/");
  page.graph = { nodeOf, rowsOf, nodes, get: graph };

  // Places that hold for every width of a card: ~4 is 4 left of its right side, ^0 its middle.
  const place = (text, width) => text.replace(/([~^])([\d.]+)/g, (_, sign, by) =>
    Math.round((sign === "~" ? width - by : width / 2 + +by) * 100) / 100);
  const across = new Set(["x", "cx", "width", "d", "points"]);
  const piece = ([tag, attributes, ...children], width, more) => page.draw(tag, {
    ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, across.has(key) ? place(value, width) : value])),
    ...more,
  }, children.map(child => typeof child === "string" ? child : piece(child, width)));

  const show = (at, path) => {
    const now = state(), { size, frames, nodes: cards, edges: lines } = page.model.graphs[at];
    const put = ([number, x, y, width]) => piece(page.data.pieces[number], width, { transform: `translate(${x} ${y})` });
    const name = card => page.data.pieces[card[0]][1]["data-layer"];
    const line = ([from, to, count, path, head, error]) => page.draw("g",
      { class: error ? "edge error" : "edge", "data-from": name(cards[from]), "data-to": name(cards[to]) },
      page.draw("title", {}, `${name(cards[from])} → ${name(cards[to])}${count > 1 ? `, ${count} connections` : ""}`),
      page.draw("path", { d: path }), page.draw("polygon", { points: head }));
    const svg = page.draw("svg", { class: "graph", id: now.svg.id, role: "group", viewBox: `0 0 ${size[0]} ${size[1]}`,
      "aria-label": now.svg.getAttribute("aria-label") }, frames.map(put), lines.map(line), cards.map(put));
    now.svg.replaceWith(svg);
    Object.assign(now, { at, svg });
    zoom(now.scale);
    count();
    const first = path && nodes().find(node => holds(node, path));
    if (first) focus(first);
    page.emit("view", at);
    mark();
  };
  const go = (at, path, told) => {
    if (at == null) return;
    show(at, path);
    page.say(`${told || "Graph"}: ${nodes().length} cards`);
  };
  const open = path => go(graph().opens[path], path, `Opened ${path}`);
  const close = path => go(graph().closes[path], path, `Closed ${path}`);
  page.graph.toggle = path => {
    const { opens, closes } = graph();
    path in opens ? open(path) : close(path);
    return path in opens || path in closes;
  };
  // Open what a layer lies in, until its own card is there.
  page.graph.reveal = index => {
    for (let node = nodeOf(index), last; node && node !== last && node.classList.contains("block"); node = nodeOf(index)) {
      const at = graph().opens[pathOf(node)];
      if (at == null) break;
      last = node;
      show(at);
    }
  };

  // Zoom, with the point under the pointer (or the middle) staying where it is.
  const zoom = (scale, x, y) => {
    const now = state(), place = stage(), [width, height] = graph().size, before = now.scale || 1;
    now.scale = Math.min(Math.max(scale, 0.05), 4);
    x ??= place.clientWidth / 2;
    y ??= place.clientHeight / 2;
    const left = (place.scrollLeft + x) / before, top = (place.scrollTop + y) / before;
    now.svg.setAttribute("width", width * now.scale);
    now.svg.setAttribute("height", height * now.scale);
    place.scrollTo(left * now.scale - x, top * now.scale - y);
  };
  const fit = whole => {
    const place = stage(), [width, height] = graph().size, across = (place.clientWidth - 32) / width;
    zoom(whole ? Math.min(across, (place.clientHeight - 32) / height) : Math.min(across, 1.25));
    place.scrollTo((place.scrollWidth - place.clientWidth) / 2, 0);
  };
  const count = () => {
    page.all(".cards")[0].textContent = `${graph().nodes.length} cards`;
    ["more", "less"].forEach(key => { page.all(`[data-tool=${key}]`)[0].disabled = graph()[key] == null; });
  };
  const tools = {
    more: () => go(graph().more, null, "Blocks opened"),
    less: () => go(graph().less, null, "Blocks closed"),
    larger: () => zoom(state().scale * 1.25),
    smaller: () => zoom(state().scale / 1.25),
    fit: () => fit(true),
  };

  // The selected layer's card, its edges, and the one card that Tab reaches.
  const mark = () => {
    const node = page.index == null ? null : nodeOf(page.index);
    nodes().forEach(other => {
      other.classList.toggle("chosen", other === node);
      other.setAttribute("aria-pressed", other === node);
    });
    edges().forEach(({ classList, dataset: { from, to } }) => classList.toggle("near", node != null && [from, to].includes(pathOf(node))));
    reach(node || nodes().find(other => other.tabIndex === 0) || nodes()[0]);
    return node;
  };
  const reach = node => nodes().forEach(other => { other.tabIndex = other === node ? 0 : -1; });
  const focus = node => {
    reach(node);
    node.focus({ preventScroll: true });
    into(node);
  };
  const into = (node, at) => node.scrollIntoView({ block: "nearest", inline: "nearest", behavior: at || page.still ? "instant" : "smooth" });
  const press = node => {
    if (graph().opens[pathOf(node)] != null) open(pathOf(node));
    else page.select(+node.dataset.head, "graph");
  };

  const middle = node => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const step = (node, key) => {
    const [x, y] = middle(node), sign = { ArrowLeft: -1, ArrowRight: 1 }[key], [from, to] = key === "ArrowDown" ? ["from", "to"] : ["to", "from"];
    const ends = edges().flatMap(({ dataset }) => dataset[from] === pathOf(node) ? [dataset[to]] : []);
    const by = other => middle(other).map((place, at) => place - [x, y][at]);
    const far = other => Math.hypot(by(other)[0], 2 * by(other)[1]);
    return nodes().filter(other => sign
      ? sign * by(other)[0] > 1 && Math.abs(by(other)[1]) < 40 * state().scale
      : ends.includes(pathOf(other))).sort((a, b) => far(a) - far(b))[0];
  };

  document.querySelectorAll(".stage").forEach(place => {
    let drag = null, moved = false;
    place.addEventListener("pointerdown", event => {
      moved = false;
      if (event.pointerType === "mouse" && event.button === 0) drag = [event.clientX + place.scrollLeft, event.clientY + place.scrollTop];
    });
    addEventListener("pointermove", event => {
      if (!drag) return;
      const left = drag[0] - event.clientX, top = drag[1] - event.clientY;
      moved ||= Math.abs(left - place.scrollLeft) + Math.abs(top - place.scrollTop) > 4;
      if (moved) place.scrollTo(left, top);
    });
    addEventListener("pointerup", () => { drag = null; });
    place.addEventListener("wheel", event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = place.getBoundingClientRect();
      zoom(state().scale * Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
    }, { passive: false });
    place.addEventListener("click", event => {
      if (moved) return;
      const chip = event.target.closest("[data-chip]"), node = event.target.closest("[data-rows]"), frame = event.target.closest(".frame");
      const layer = chip ? page.model.layers.findIndex(other => other.path === chip.dataset.chip) : -1;
      if (layer >= 0) page.select(layer, "graph");
      else if (node) press(node);
      else if (frame) close(frame.dataset.layer);
    });
    place.addEventListener("keydown", event => {
      const node = event.target.closest("[data-rows]"), { key } = event;
      if (!node) return;
      if (key.startsWith("Arrow")) {
        const next = step(node, key);
        if (next) focus(next);
      } else if (key === "Enter" || key === " ") press(node);
      else if (key === "Escape" && page.index != null) page.select(null);
      else if (key === "Escape") {
        const around = Object.keys(graph().closes).filter(path => holds(node, path)).sort((a, b) => b.length - a.length)[0];
        if (around) close(around);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
  document.addEventListener("click", event => {
    const tool = event.target.closest("[data-tool]");
    if (tool) tools[tool.dataset.tool]();
  });
  document.addEventListener("keydown", event => {
    if (event.target.closest("input,select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const tool = { "+": "larger", "-": "smaller", 0: "fit" }[event.key];
    if (tool) tools[tool]();
  });

  page.on("select", ({ index, source }) => {
    if (index != null && source !== "graph" && source !== "table") page.graph.reveal(index);
    const node = mark();
    // When the panel is filled: it may lie over the graph.
    if (node && source !== "graph") queueMicrotask(() => into(node, source === "address"));
  });
  const begin = () => { count(); mark(); if (!state().scale) fit(); };
  page.on("model", begin);
  page.on("start", begin);
})();
