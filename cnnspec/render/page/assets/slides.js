// Arrow keys, Page Up and Down, Home and End go from slide to slide; the address keeps the number.
"use strict";
(() => {
  const slides = [...document.querySelectorAll(".slide")];
  const here = () => {
    const middle = innerHeight / 2;
    return slides.findIndex(slide => slide.getBoundingClientRect().bottom > middle);
  };
  const go = at => {
    const slide = slides[Math.min(Math.max(at, 0), slides.length - 1)];
    slide.scrollIntoView({ block: "center" });
    slide.focus({ preventScroll: true });
    history.replaceState(null, "", "#" + slide.id);
  };
  const ways = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -slides.length, End: slides.length,
  };
  addEventListener("keydown", event => {
    const by = ways[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(here() + (event.key === " " && event.shiftKey ? -1 : by));
  });
})();
