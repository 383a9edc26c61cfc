// What units read, exactly: a set of positions is a Uint8Array over a map, row by row.
page.fields = (() => {
  const size = (extents) => extents.reduce((a, n) => a * n, 1);
  const range = (first, last) => Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);

  // The positions that unit u reads along an axis, padding included.
  function taps([kind, a, b, c, d], u) {
    if (kind === "c") return Array.from({ length: a }, (_, j) => u * b - d + j * c);
    if (kind === "t") return range(0, a - 1).map((j) => (u + d - (a - 1 - j) * c) / b).filter(Number.isInteger);
    if (kind === "m") return [Math.floor(u / a)];
    if (kind === "b") return range(Math.floor((2 * u + 1 - a) / (2 * a)), Math.ceil((2 * u + 1 - a) / (2 * a)));
    if (kind === "a") return range(Math.floor((u * b) / a), Math.ceil(((u + 1) * b) / a) - 1);
    return range((Math.floor(u / b) % a) * c, ((Math.floor(u / b) % a) + 1) * c - 1);
  }

  // The coordinates of the i-th position.
  function placeOf(i, extents) {
    const place = [];
    for (let k = extents.length - 1; k >= 0; k--) {
      place[k] = i % extents[k];
      i = (i - place[k]) / extents[k];
    }
    return place;
  }

  // Marks, for every position of a set, the product of the lists that `choose` gives for its coordinates.
  function spread(set, from, to, choose) {
    const marked = new Uint8Array(size(to));
    const steps = to.map((_, k) => size(to.slice(k + 1)));
    const mark = (lists, k, at) => {
      if (k === lists.length) marked[at] = 1;
      else for (const p of lists[k]) mark(lists, k + 1, at + p * steps[k]);
    };
    for (let i = set.indexOf(1); i >= 0; i = set.indexOf(1, i + 1)) mark(choose(placeOf(i, from)), 0, 0);
    return marked;
  }

  // The same for values counted anew: position p of `to` holds the values p·c to (p + 1)·c − 1.
  function recount(set, c, to, d) {
    const marked = new Uint8Array(size(to));
    set.forEach((on, p) => {
      if (on) for (let v = p * c; v < (p + 1) * c; v++) marked[Math.floor(v / d)] = 1;
    });
    return marked;
  }

  // Per axis of the map that is read, what each position along its route reads; and the other way round.
  const tables = new Map();
  function table(way, out, given) {
    const key = `${JSON.stringify(way)}|${out}|${given}`;
    if (!tables.has(key)) {
      const back = way[1].map((route, k) => {
        const all = range(0, given[k] - 1);
        return route ? range(0, out[route[0]] - 1).map((u) => taps(route.slice(1), u).filter((p) => p >= 0 && p < given[k])) : all;
      });
      const there = out.map((n, o) => way[1].flatMap((route, k) => {
        if (!route || route[0] !== o) return [];
        const lists = range(0, given[k] - 1).map(() => []);
        back[k].forEach((read, u) => read.forEach((p) => lists[p].push(u)));
        return [[k, lists]];
      }));
      tables.set(key, [back, there]);
    }
    return tables.get(key);
  }

  // The same where each axis is walked along its own: axis by axis.
  function slide(given, from, to, lists) {
    const dims = [...from];
    let set = given.slice();
    lists.forEach((reads, k) => {
      if (reads.length === to[k] && reads.every((list, u) => list.length === 1 && list[0] === u)) return;
      const inner = size(dims.slice(k + 1));
      const next = new Uint8Array((size(dims) / dims[k]) * to[k]);
      for (let i = 0; i < set.length; i++) {
        if (!set[i]) continue;
        const x = i % inner;
        const row = (i - x) / inner;
        const u = row % dims[k];
        for (const p of reads[u]) next[(((row - u) / dims[k]) * to[k] + p) * inner + x] = 1;
      }
      set = next;
      dims[k] = to[k];
    });
    return set;
  }
  const slides = (way, out) => way[1].length === out.length && way[1].every((route, k) => route && route[0] === k);

  // What a set of units reads of the map before it.
  function readBack(way, set, out, given) {
    if (way[0] === "n") return recount(set, way[1], given, way[2]);
    const [back] = table(way, out, given);
    if (slides(way, out)) return slide(set, out, given, back);
    return spread(set, out, given, (u) => way[1].map((route, k) => (route ? back[k][u[route[0]]] : back[k])));
  }

  // The units of a map that read a set of the map before it.
  function readBy(way, set, out, given) {
    if (way[0] === "n") return recount(set, way[2], out, way[1]);
    const [, there] = table(way, out, given);
    if (slides(way, out)) return slide(set, given, out, there.map(([[, lists]]) => lists));
    return spread(set, given, out, (p) => out.map((n, o) => {
      const [first, ...others] = there[o].map(([k, lists]) => lists[p[k]]);
      return first ? others.reduce((all, list) => all.filter((u) => list.includes(u)), first) : range(0, n - 1);
    }));
  }

  const unite = (a, b) => {
    for (let i = 0; a && i < b.length; i++) a[i] |= b[i];
    return a || b;
  };

  // Whether everything below a node is known.
  function isKnown(model, top) {
    const seen = new Set();
    const waiting = [top];
    while (waiting.length) {
      const at = waiting.pop();
      if (!model.nodes[at].e) return false;
      for (const from of model.nodes[at].f || []) if (!seen.has(from)) waiting.push(from), seen.add(from);
    }
    return true;
  }

  // The branches of a node that are followed: those that have seen everything already (gates) are left out.
  const follow = (model, source, at) => (model.nodes[at].f || []).flatMap((from, k) =>
    (model.inputs[source].gates[at] || []).includes(from) ? [] : [[from, model.ways[model.nodes[at].w[k]]]]);

  // The pixels of an input that a set of units reads: one walk over the graph, back to front.
  function pixelsOf(model, source, top, units) {
    const sets = { [top]: units };
    for (let at = top; at > source; at--) {
      if (!sets[at]) continue;
      for (const [from, way] of follow(model, source, at)) {
        if (from >= source) sets[from] = unite(sets[from], readBack(way, sets[at], model.nodes[at].e, model.nodes[from].e));
      }
      delete sets[at];
    }
    return sets[source] || new Uint8Array(size(model.nodes[source].e));
  }

  // The units that a set of pixels reaches: the same walk, front to back, over what the layer reads.
  function unitsOf(model, source, top, pixels) {
    const needed = new Set([top]);
    for (let at = top; at > source; at--) if (needed.has(at)) follow(model, source, at).forEach(([from]) => needed.add(from));
    const sets = { [source]: pixels };
    for (let at = source + 1; at <= top; at++) {
      if (!needed.has(at)) continue;
      for (const [from, way] of follow(model, source, at)) {
        if (sets[from]) sets[at] = unite(sets[at], readBy(way, sets[from], model.nodes[at].e, model.nodes[from].e));
      }
    }
    return sets[top] || new Uint8Array(size(model.nodes[top].e));
  }

  // The whole field of a unit along every axis of the input, padding included; null where it is not one stretch.
  function fieldOf(model, source, top, unit) {
    const field = model.fields[model.inputs[source].seen[top]];
    const axes = field && field.map(([along, stretches, shift]) => {
      const u = along < 0 ? 0 : unit[along];
      const turn = Math.floor(u / stretches.length);
      const stretch = stretches[u % stretches.length];
      return stretch && stretch.map((end) => end + turn * shift);
    });
    return axes && axes.every(Boolean) ? axes : null;
  }
  return { size, range, taps, placeOf, isKnown, pixelsOf, unitsOf, fieldOf };
})();
