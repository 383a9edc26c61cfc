// What units read, exactly: a set of positions is a Uint8Array over a map, row by row.
page.fields = (() => {
  const { floor } = Math;
  const size = extents => extents.reduce((all, n) => all * n, 1);
  const range = (first, last) => Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
  const indexOf = (place, extents) => place.reduce((i, x, k) => i * extents[k] + x, 0);
  const stepsOf = extents => extents.map((_, k) => size(extents.slice(k + 1)));
  const placeOf = (i, extents, steps = stepsOf(extents)) => extents.map((n, k) => floor(i / steps[k]) % n);
  const one = (place, extents) => new Uint8Array(size(extents)).fill(1, indexOf(place, extents), indexOf(place, extents) + 1);
  // The positions that unit u reads along an axis, padding included.
  const taps = ([a, b, c, e, step, repeat = 1, round = Infinity, s, p, d = 1], u) => {
    const v = floor(u / repeat) % round, first = floor((v * a + b) / c);
    return range(0, floor((floor((v * a + e) / c) - first) / step)).map(j => first + j * step).filter(i => d < 2 || (u + p - i * s) % d === 0);
  };
  // Per axis of the map that is read, what a unit reads; and per axis of the units, which of them read a position.
  const known = {};
  const relate = (way, out, given) => known[JSON.stringify([way, out, given])] ??= (() => {
    const [kind, routes, channels] = way, flat = (c, d) => ([p]) => [range(floor(p * c / d), floor(((p + 1) * c - 1) / d))];
    if (kind === "n") return [flat(routes, channels), flat(channels, routes), true];
    const reads = routes.map((route, k) => route
      ? range(0, out[route[0]] - 1).map(u => taps(route.slice(1), u).filter(p => p >= 0 && p < given[k])) : range(0, given[k] - 1));
    const along = out.map((_, axis) => routes.flatMap((route, k) => route && route[0] === axis ? [k] : []));
    const found = out.map(() => ({}));
    return [u => routes.map((route, k) => route ? reads[k][u[route[0]]] : reads[k]), p => out.map((n, axis) =>
      found[axis][along[axis].map(k => p[k])] ??= range(0, n - 1).filter(u => along[axis].every(k => reads[k][u].includes(p[k]))))];
  })();
  // All that the members of a set are related to: of each the product of its lists.
  const spread = (set, from, to, lists, flat) => {
    if (flat) return spread(set, [size(from)], [size(to)], lists);
    const marked = new Uint8Array(size(to)), steps = stepsOf(to), own = stepsOf(from);
    const mark = (parts, k, at) => {
      if (k === parts.length) marked[at] = 1;
      else for (const p of parts[k]) mark(parts, k + 1, at + p * steps[k]);
    };
    for (let i = 0; i < set.length; i++) if (set[i]) mark(lists(placeOf(i, from, own)), 0, 0);
    return marked;
  };
  const unite = (sets, at, set) => sets[at] = sets[at] ? sets[at].map((on, i) => on | set[i]) : set;
  // What a node reads and how; branches that have seen everything already (gates) are left out.
  const reads = (model, source, at) => (model.nodes[at].f || []).flatMap((from, k) =>
    model.inputs[source].gates[at]?.includes(from) || from < source ? []
      : [[from, relate(model.ways[model.nodes[at].w[k]], model.nodes[at].e, model.nodes[from].e)]]);
  // The pixels of an input that units read: one walk over the graph, back to front.
  const pixelsOf = (model, source, top, units) => {
    const sets = { [source]: new Uint8Array(size(model.nodes[source].e)), [top]: units };
    for (let at = top; at > source; at--) if (sets[at]) for (const [from, [back, , flat]] of reads(model, source, at))
      unite(sets, from, spread(sets[at], model.nodes[at].e, model.nodes[from].e, back, flat));
    return sets[source];
  };
  // The units that pixels reach: the same walk, front to back.
  const unitsOf = (model, source, top, pixels) => {
    const sets = { [top]: new Uint8Array(size(model.nodes[top].e)), [source]: pixels }, needed = { [top]: true };
    for (let at = top; at > source; at--) if (needed[at]) for (const [from] of reads(model, source, at)) needed[from] = true;
    for (let at = source + 1; at <= top; at++) if (needed[at]) for (const [from, [, by, flat]] of reads(model, source, at))
      if (sets[from]) unite(sets, at, spread(sets[from], model.nodes[from].e, model.nodes[at].e, by, flat));
    return sets[top];
  };
  // The whole field of a unit along every axis of the input, padding included; null where it is not one stretch.
  const fieldOf = (model, source, top, unit) => {
    const axes = model.fields[model.inputs[source].seen[top]]?.map(([along, stretches, shift]) => {
      const u = unit[along] ?? 0, turn = floor(u / stretches.length);
      return stretches[u % stretches.length]?.map(end => end + turn * shift);
    });
    return axes?.every(Boolean) ? axes : null;
  };
  return { size, range, taps, placeOf, indexOf, one, pixelsOf, unitsOf, fieldOf };
})();
