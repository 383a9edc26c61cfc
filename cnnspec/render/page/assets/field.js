// The receptive field of a unit, and the units that a pixel reaches.
page.panel({
  key: "field",
  title: "Receptive field",
  fits: layer => layer.inputs.length > 0,
  show(element, layer) {
    const { size, pixelsOf, unitsOf, fieldOf, placeOf } = page.fields, { make } = page;
    const model = page.model.panels.field, { nodes } = model, top = page.index, name = at => page.model.layers[at].path;
    if (!nodes[top].e) return element.append(make("p", {}, model.unknown[nodes[top].u]));
    const say = make("p", { role: "status", "aria-live": "polite", class: "live" }), digits = n => n.toLocaleString("en");
    const times = sides => `${sides.map(digits).join("×")}${sides.length > 1 ? ` = ${digits(size(sides))}` : ""}`;
    const share = part => part < 0.0001 ? "<0.01" : part >= 0.9995 && part < 1 ? ">99.9" : Number((part * 100).toPrecision(3));
    // "18×18 = 324 of 784" where the set is all of some rows and columns; the gaps of others are said.
    const count = (set, extents, noun) => {
      const found = extents.map(() => new Set()), all = set.reduce((n, on) => n + on, 0);
      set.forEach((on, i) => on && placeOf(i, extents).forEach((x, k) => found[k].add(x)));
      if (!all) return `no ${noun}`;
      const sides = found.map(one => one.size), around = found.map(one => Math.max(...one) - Math.min(...one) + 1);
      return `${size(sides) === all && sides.length ? times(sides) : digits(all)} of ${digits(set.length)} ${noun}${set.length > 1 ? "s" : ""} (${share(all / set.length)} %)` +
        (size(around) > all ? `, with gaps inside ${times(around)}` : "");
    };
    const inputs = Object.keys(model.inputs).map(Number).filter(source => model.inputs[source].seen[top] !== -2);
    const last = nodes[top].e.map(n => n - 1), edge = extents => Math.max(...extents.slice(-2), 1) / 80;
    const maps = inputs.map(source => {
      const extents = nodes[source].e;
      const reach = [last.map(() => 0), last].flatMap(unit => (fieldOf(model, source, top, unit) || []).flatMap(([a, b], k) => [-a, b - extents[k] + 1]));
      return page.map(extents, `${name(source)}, ${page.model.layers[source].output}`, () => reached(source), Math.min(Math.max(...reach, 0), edge(extents) * 32) + edge(extents));
    });
    const units = page.map(nodes[top].e, `${layer.path.split("/").at(-1)}, ${layer.output}`, () => seen(), edge(nodes[top].e));
    const seen = () => {
      units.mark(units.one(), "mark");
      say.textContent = inputs.map((source, k) => {
        const pixels = pixelsOf(model, source, top, units.one()), { extents, chooser, place } = maps[k], field = fieldOf(model, source, top, units.place);
        if (chooser && field) place[0] = Math.min(Math.max(field[0][0] + field[0][1] >> 1, 0), extents[0] - 1);
        maps[k].mark(pixels, "field", field);
        const whole = (field || []).map(([a, b]) => b - a + 1), on = (field || []).map(([a, b], i) => Math.max(Math.min(b + 1, extents[i]) - Math.max(a, 0), 0));
        return `${last.length ? `Unit ${units.place}` : "Every unit"} sees ${count(pixels, extents, extents.length === 2 ? "pixel" : "position")}` +
          (inputs.length > 1 ? ` of ${name(source)}` : "") + (model.inputs[source].seen[top] === -1 ? ", all of it by construction" : "") +
          (size(whole) > size(on) ? `; its whole field is ${times(whole)}, ${digits(size(whole) - size(on))} of it beside the input` : "");
      }).join(". ") + ".";
    };
    const reached = source => {
      const map = maps[inputs.indexOf(source)], found = unitsOf(model, source, top, map.one());
      maps.forEach(other => other.mark(other === map ? map.one() : new Uint8Array(size(other.extents)), "mark"));
      units.mark(found, "field");
      say.textContent = `${map.extents.length === 2 ? "Pixel" : "Position"} ${map.place} of ${name(source)} reaches ${count(found, nodes[top].e, "position")} of ${layer.path}.`;
    };
    element.append(say, make("div", { class: "maps" }, maps.map(map => map.figure), units.figure), make("p", { class: "note" }, model.note));
    seen();
  },
});
