// The arithmetic of a window on small whole numbers that the reader may change.
page.conv = spec => {
  const { range, taps, indexOf } = page.fields, { does, axes, n, out, c: channels, f: filters } = spec, spreads = does === "spread";
  const own = {};
  let made = {}, seed = 1;
  const pick = (most, ...key) => (key.reduce((h, k) => Math.imul(h ^ k + 77, 0x85ebca6b) ^ h >>> 13, seed * 99991) >>> 9) % most;
  const inside = place => place.every((x, k) => x >= 0 && x < n[k]);
  const input = (place, c) => inside(place) ? own[`x${place},${c}`] ?? (seed > 1 ? null : spec.image?.[place[0]][place[1]]) ?? pick(4, ...place, c) : 0;
  const weight = (tap, c, f) => own[`w${tap},${c},${f}`] ?? spec.kernel?.[tap[0]][tap[1]] ?? pick(3, ...tap, c, f, 5) - 1;
  const reads = f => {
    const width = channels / (spec.groups || 1), first = Math.floor(f * (spec.groups || 1) / filters) * width;
    return spec.reads ? spec.reads[f] : does === "conv" || spreads ? range(first, first + width - 1) : [Math.floor(f * channels / filters)];
  };
  const product = lists => lists.reduce((all, list) => all.flatMap(head => list.map(x => [...head, x])), [[]]);
  // What goes into a unit from a channel, [place, value, weight]: where nothing is weighed, only what lies on the map.
  const terms = (unit, c, f) => product(axes.map((axis, k) => taps(axis, unit[k]).map((x, j) => [x, spreads ? (unit[k] + spec.before[k] - x * spec.strides[k]) / spec.dilation[k] : j])))
    .map(pairs => [pairs.map(([x]) => x), pairs.map(([, j]) => j)]).filter(([place]) => does === "conv" || does === "depth" || inside(place))
    .map(([place, tap]) => [place, input(place, c), spec.weighs ? weight(tap, c, f) : 1, tap]);
  const answer = found => {
    const products = found.map(([, x, w]) => x * w), sum = products.reduce((all, x) => all + x, 0);
    return does === "max" ? Math.max(...products) : does === "mean" ? sum / products.length : sum;
  };
  // The value of a unit; of a transposed convolution, as far as the first so many inputs have made it.
  const value = (unit, f, upto) => made[[unit, f, upto]] ??= reads(f).reduce((all, c) =>
    all + answer(terms(unit, c, f).filter(([place]) => !spreads || indexOf(place, n) < upto)), 0);
  const change = (key, number) => { own[key] = number; made = {}; };
  return { input, weight, reads, terms, answer, value, inside, change, product, next() { seed++; Object.keys(own).forEach(key => delete own[key]); made = {}; } };
};
