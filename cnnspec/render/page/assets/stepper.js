// The window of the selected layer, step by step: input, kernel and output as tables, the sum in words.
page.panel({
  key: "conv",
  title: "Step by step",
  fits: () => page.model.panels.conv.layers[page.index],
  show(element) {
    const { range, taps, size, placeOf, indexOf } = page.fields, { make } = page, { form, layers, kernels } = page.model.panels.conv;
    const spec = layers[page.index], { axes, does, weighs } = spec, layer = page.conv(spec), spreads = does === "spread";
    // A window slides over the input and stands for a unit of the output; a transposed kernel the other way round.
    const [still, over] = spreads ? [spec.n, spec.out] : [spec.out, spec.n];
    const steps = size(still), starts = {}, two = list => [[0, 0], ...list].slice(-2), { min, max } = Math;
    const deep = axes.length > 2;
    let step = spec.at || 0, filter = 0, channel = 0, slice = 0, timer;
    const root = element.appendChild(make("div"));
    root.innerHTML = form + spec.text;
    const part = name => root.querySelector(`[name=${name}]`), stage = part("stage"), play = part("play");
    const show = v => String(Math.round(v * 1e4) / 1e4).replace("-", "−"), factor = v => v < 0 ? `(${show(v)})` : show(v);
    const touched = place => axes.map((axis, k) => spreads
      ? range(0, spec.kernels[k] - 1).map(j => place[k] * spec.strides[k] + j * spec.dilation[k] - spec.before[k]) : taps(axis, place[k]));
    const ends = [touched(still.map(() => 0)), touched(still.map(m => m - 1))];
    const far = two(over.map((m, k) => [min(0, ...ends[0][k]), max(m - 1, ...ends[1][k])])), near = two(still.map(m => [0, m - 1]));
    // Of a long axis as much as there is room for, with what is touched in it.
    const view = (key, [low, high], list) => {
      const first = min(...list), last = max(...list), room = max(7, last - first + 3);
      if (!(first >= starts[key] && last < starts[key] + room)) starts[key] = first;
      const from = max(low, min(starts[key], high - room + 1));
      return range(from, min(high, from + room - 1));
    };
    // Of a volume one slice, whose place is in front of rows and columns.
    const table = (name, front, lists, whole, cell) => make("table", { "data-map": name },
      make("caption", {}, name, deep ? `, slice ${show(front)}` : "", lists.map((list, k) => list.length <= whole[k][1] - whole[k][0]
        ? `, ${axes.length < 2 ? "positions" : k ? "columns" : "rows"} ${show(list[0])} to ${show(list.at(-1))} of ${whole[k].map(show).join(" to ")}` : "")),
      make("tr", {}, make("td"), lists[1].map(c => make("th", {}, show(c)))),
      lists[0].map(r => make("tr", {}, make("th", {}, show(r)), lists[1].map(c => {
        const at = [front, r, c].slice(-axes.length), [role, v] = cell(at);
        return make("td", { class: role, "data-at": at, contenteditable: name !== "output" && !role.includes("pad") && "true" }, v == null ? "" : show(v));
      }))));
    const sentence = place => {
      if (spreads) return `Input ${place} of channel ${channel}: ${show(layer.input(place, channel))} times the kernel is added to the marked part of the output.`;
      const all = layer.reads(filter), { length } = all, total = layer.value(place, filter);
      const shown = (length > 3 ? [channel] : all).map(c => [c, layer.terms(place, c, filter)]);
      const rest = shown.reduce((left, [, found]) => left - layer.answer(found), total);
      return `Unit ${place}: ` + shown.map(([c, found]) => {
        const rows = {}, long = weighs && found.length > 25;
        found.forEach(([, x, w, [row]]) => rows[row] = (rows[row] || 0) + x * w);
        const words = long ? Object.values(rows).map(factor) : found.map(([, x, w]) => weighs ? `${show(x)}·${factor(w)}` : does === "max" ? show(x) : factor(x));
        const sum = does === "max" ? `max(${words.join(", ")})` : does === "mean" ? `(${words.join(" + ")})/${words.length}` : words.join(" + ");
        return `${length > 1 ? `channel ${c}: ` : ""}${sum}${long ? ` ${deep ? "slice" : "row"} by ${deep ? "slice" : "row"}` : ""} = ${show(layer.answer(found))}`;
      }).join("; ") + (length > 3 ? `; the other ${length - 1} channels: ${show(rest)}` : "") + (length > 1 ? `; together ${show(total)}.` : ".");
    };
    const go = (to = step) => {
      step = max(0, min(to, steps - 1));
      const place = placeOf(step, still), lists = touched(place), done = at => indexOf(at, still) <= step;
      slice = max(0, min(slice, lists[0].length - 1));
      const wide = far.map((whole, k) => view(k, whole, [[0], ...lists].slice(-2)[k])), small = near.map((whole, k) => view(k + 2, whole, [[0, ...place].slice(-2)[k]]));
      const slid = at => {
        const on = at.every((x, k) => x >= 0 && x < over[k]), read = at.every((x, k) => lists[k].includes(x)) ? "read " : "";
        return [on ? read : `${read}pad`, spreads ? on ? layer.value(at, filter, step + 1) : null : on || weighs ? layer.input(at, channel) : null];
      };
      const stood = at => [String(at) === String(place) ? "unit" : done(at) && !spreads ? "made" : "", spreads ? layer.input(at, channel) : done(at) ? layer.value(at, filter) : null];
      const taken = weighs && two(spec.kernels.map(k => [0, k - 1]));
      const tables = [table(spreads ? "output" : "input", lists[0][slice], wide, far, slid),
        taken ? table("kernel", slice, taken.map(([a, b]) => range(a, b)), taken, at => ["", layer.weight(at, channel, filter)]) : "",
        table(spreads ? "input" : "output", place[0], small, near, stood)];
      stage.replaceChildren(...spreads ? tables.reverse() : tables);
      part("say").textContent = sentence(place);
      part("slider").value = step;
      const all = layer.reads(filter), limit = (name, value, min, max) => Object.assign(part(name), { min, max, value });
      limit("filter", filter, 0, spec.f - 1);
      limit("channel", channel, all[0], all.at(-1));
      limit("slice", slice, 0, lists[0].length - 1);
      part("count").textContent = `Step ${(step + 1).toLocaleString("en")} of ${steps.toLocaleString("en")}`;
    };
    const stop = () => { timer = clearInterval(timer); play.textContent = "Play"; };
    const acts = {
      back: () => go(step - 1), step: () => go(step + 1), next: () => { layer.next(); go(); },
      play() {
        if (timer) return stop();
        if (step === steps - 1) go(0);
        play.textContent = "Pause";
        timer = setInterval(() => play.isConnected && step < steps - 1 ? go(step + 1) : stop(), 1000);
      },
      slider: v => go(v), slice: v => { slice = v; go(); }, filter: v => { filter = max(0, min(v, spec.f - 1)); acts.channel(channel); },
      // Channels that the filter does not read are passed over.
      channel(v) {
        const all = layer.reads(filter);
        channel = (v > channel ? all.find(c => c >= v) ?? all.at(-1) : all.findLast(c => c <= v)) ?? all[0];
        go();
      },
      kernel: (v, name) => { kernels[name]?.forEach((row, i) => row.forEach((w, j) => layer.reads(filter).forEach(c => layer.change(`w${i},${j},${c},${filter}`, w)))); go(); },
    };
    root.onclick = ({ target: { type, name } }) => { if (type === "button") { if (name !== "play") stop(); acts[name](); } };
    root.oninput = ({ target: { name, type, value } }) => { if (type !== "number" || value) acts[name]?.(Math.trunc(value), value); };
    // An empty field is filled again; otherwise the tables stay, since a click on a number of theirs ends the change.
    root.onchange = ({ target }) => target.value || go();
    stage.onkeydown = event => {
      const { target, key } = event, row = still.at(-1), plane = deep && row * still[1], by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, PageDown: plane, PageUp: -plane }[key];
      if (target !== stage ? key !== "Enter" : !by && key !== " ") return;
      event.preventDefault();
      if (target !== stage) target.blur(); else if (by) go(step + by); else acts.play();
    };
    stage.addEventListener("focusout", ({ target }) => {
      const { at } = target.dataset, v = Number(target.textContent.replace("−", "-"));
      if (at && v === v) layer.change(target.closest("table").dataset.map === "kernel" ? `w${at},${channel},${filter}` : `x${at},${channel}`, v), setTimeout(go);
    });
    play.hidden = matchMedia("(prefers-reduced-motion:reduce)").matches;
    part("slider").max = steps - 1;
    const fitting = weighs && !spec.kernel ? Object.keys(kernels).filter(name => String([kernels[name].length, kernels[name][0].length]) === String(spec.kernels)) : [];
    part("kernel").append(...fitting.map(name => make("option", {}, name)));
    [["slice", deep && ends[0][0].length > 1], ["filter", spec.f > 1], ["channel", layer.reads(0).length > 1], ["kernel", fitting.length]].forEach(([name, on]) => { part(name).parentNode.hidden = !on; });
    go();
  },
});
