// The receptive field of a unit, and the units that a pixel reaches.
page.panel({
  key: "field",
  title: "Receptive field",
  fits: layer => layer.inputs.length > 0,
  show(element, layer) {
    const { size, isKnown, pixelsOf, unitsOf, fieldOf, placeOf } = page.fields, { make } = page;
    const model = page.model.panels.field, top = page.index, layers = page.model.layers;
    if (!isKnown(model, top)) {
      element.append(make("p", {}, "What its units see depends on sizes that are not known: give them with --input, as in 28x28."));
      return;
    }
    const say = make("p", { role: "status", "aria-live": "polite", class: "sum" });
    const digits = n => n.toLocaleString("en");
    const noun = (extents, n) => (extents.length === 2 ? "pixel" : "position") + (n === 1 ? "" : "s");
    const share = part => part && part < 0.0001 ? "<0.01 %" : part >= 0.9995 && part < 1 ? ">99.9 %" : `${Number((part * 100).toPrecision(3))} %`;
    const at = place => place.length ? place.map(digits).join(",") : "";
    // "18×18 = 324 of 784", where the set is all of some rows and columns; the gaps of others are said.
    const count = (set, extents, what) => {
      const found = extents.map(() => new Set());
      let all = 0;
      set.forEach((on, i) => { if (on) all++, placeOf(i, extents).forEach((x, k) => found[k].add(x)); });
      if (!all) return `no ${what(1)}`;
      const sides = found.map(one => one.size), whole = size(extents), ends = found.map(one => Math.max(...one) - Math.min(...one) + 1);
      const product = sides.length > 1 && size(sides) === all ? `${sides.map(digits).join("×")} = ` : "";
      const gaps = size(ends) > all ? `, with gaps inside ${ends.map(digits).join("×")} = ${digits(size(ends))}` : "";
      return `${product}${digits(all)} of ${digits(whole)} ${what(whole)} (${share(all / whole)})${gaps}`;
    };
    const inputs = Object.keys(model.inputs).map(Number).filter(source => model.inputs[source].seen[top] !== -2);
    const beside = (field, extents) => field ? field.map(([a, b], k) => Math.max(-a, b - extents[k] + 1)) : [0];
    const maps = inputs.map(source => {
      const extents = model.nodes[source].e, last = model.nodes[top].e.map(n => n - 1), most = Math.max(...extents.slice(-2), 1);
      const reach = [last.map(() => 0), last].flatMap(unit => beside(fieldOf(model, source, top, unit), extents));
      const margin = Math.min(Math.max(...reach, 0), most * 0.4) + most / 80;
      return page.map(extents, `${layers[source].path}, ${layers[source].output}`, () => reached(source), margin);
    });
    const units = page.map(model.nodes[top].e, `${layer.path}, ${layer.output}`, () => seen(), Math.max(...model.nodes[top].e.slice(-2), 1) / 80);
    const seen = () => {
      const unit = units.one(), place = units.place;
      units.mark(unit, "mark");
      say.textContent = inputs.map((source, k) => {
        const pixels = pixelsOf(model, source, top, unit), extents = model.nodes[source].e, field = fieldOf(model, source, top, place);
        if (extents.length > 2 && field) maps[k].turn(Math.min(Math.max((field[0][0] + field[0][1]) >> 1, 0), extents[0] - 1));
        maps[k].mark(pixels, "field", field);
        const from = inputs.length > 1 ? ` of ${layers[source].path}` : "";
        const whole = field && field.map(([a, b]) => b - a + 1), out = field &&
          size(whole) - size(field.map(([a, b], i) => Math.max(Math.min(b, extents[i] - 1) - Math.max(a, 0) + 1, 0)));
        return `${place.length ? `Unit ${at(place)}` : "Every unit"} sees ${count(pixels, extents, n => noun(extents, n))}${from}` +
          (model.inputs[source].seen[top] === -1 ? ", all of it by construction" : "") +
          (out ? `; its whole field is ${whole.map(digits).join("×")}${whole.length > 1 ? ` = ${digits(size(whole))}` : ""}, ${digits(out)} of it beside the input` : "") + ".";
      }).join(" ");
    };
    const reached = source => {
      const map = maps[inputs.indexOf(source)], found = unitsOf(model, source, top, map.one());
      maps.forEach(other => other.mark(new Uint8Array(size(other.extents)), "field"));
      map.mark(map.one(), "mark");
      units.mark(found, "field");
      const extents = model.nodes[top].e;
      say.textContent = `${map.extents.length === 2 ? "Pixel" : "Position"} ${at(map.place)} of ${layers[source].path} reaches ${count(found, extents, n => `position${n === 1 ? "" : "s"}`)} of ${layer.path}.`;
    };
    const gated = inputs.some(source => Object.keys(model.inputs[source].gates).some(gate => gate <= top));
    element.append(say, make("div", { class: "maps" }, maps.map(map => map.figure), units.figure), make("p", { class: "note" },
      "Point at a unit or a pixel, or go there by arrow keys (8 at a time with shift). Dashed: the unit's whole field; hatched: what of it is padding.",
      gated ? " A branch that has seen everything and is spread over the map, a gate, is left out." : ""));
    seen();
  },
});
