// What the scripts of the page share: the model, the selection, events, and makers of elements.
"use strict";
const page = (() => {
  const data = JSON.parse(document.getElementById("cnnspec-model").textContent);
  const acts = {};
  let model = 0, layer = null;
  const build = (space, tag, attributes, children) => {
    const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.flat(9).filter(child => child != null && child !== false));
    return element;
  };
  return {
    data,
    panels: [],
    get model() { return data.models[model]; },
    get layer() { return layer == null ? null : this.model.layers[layer]; },
    get index() { return layer; },
    get article() { return document.querySelector(`article[data-model="${model}"]`); },
    // Elements of the model that is shown, by a selector.
    all(selector) { return [...this.article.querySelectorAll(selector)]; },
    get still() { return matchMedia("(prefers-reduced-motion:reduce)").matches; },
    on(event, act) { (acts[event] ||= []).push(act); },
    emit(event, detail) { for (const act of acts[event] || []) act(detail); },
    panel(definition) { this.panels.push(definition); },
    make: (tag, attributes, ...children) => build("", tag, attributes, children),
    draw: (tag, attributes, ...children) => build("http://www.w3.org/2000/svg", tag, attributes, children),
    say(text) { document.getElementById("say").textContent = text; },
    // Select a layer by its place in the model; null selects nothing. `source` is where it was chosen.
    select(index, source) {
      if (index === layer) return;
      layer = index;
      const chosen = this.layer;
      this.say(chosen ? `${chosen.path}, ${chosen.kind} ${chosen.summary}, output ${chosen.output}` : "No layer selected");
      this.emit("select", { index, source });
    },
    // Show another model of the file.
    choose(at) {
      if (at === model) return;
      this.select(null);
      model = at;
      this.emit("model", at);
      this.say(`Model ${this.model.name}`);
    },
  };
})();
