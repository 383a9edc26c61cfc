"""The HTML page: one offline file that explains a network.

:func:`cnnspec.render.page.page.write_page` puts it together from a :class:`~cnnspec.render.page.document.Document`. Everything
is inline: one style element, one script, and one JSON model, ``<script type="application/json">``, whose figures are read
from the report's rows. A content security policy names the hashes of the two and forbids all else.

Two kinds of part plug in (:mod:`cnnspec.render.page.parts`):

* a **panel** stands beside the graph and shows something of the selected layer. It is a row of
  :data:`~cnnspec.render.page.panels.PANELS`: a key, its files in ``assets/``, and a function from a
  :class:`~cnnspec.render.page.document.Model` to plain data, which the script finds in ``page.model.panels[key]``. Its script
  registers it::

      page.panel({
        key: "field", title: "Receptive field",
        fits: layer => true,                     // whether it has something to show of that layer
        show: (element, layer) => { … },         // fill the empty element; called anew for every layer
      });

* a **section** stands below the table: an id, a title, its HTML (made with :mod:`cnnspec.render.page.markup`, which escapes),
  plain data in ``page.data.sections[key]``, and files in ``assets/``. It is handed to ``write_page``.

Scripts share one name, ``page`` (``assets/bus.js``): ``page.data`` (the JSON model), ``page.model``, ``page.layer``,
``page.select(index)``, ``page.on("select" | "model" | "view", act)``, ``page.make(tag, attributes, …children)`` for HTML,
``page.draw(…)`` for SVG, ``page.say(text)`` for screen readers. All of them together stay under 30 KB.

Colours are custom properties of ``assets/page.css``: ``--paper --card --ink --soft --line --rule --accent --window --field`` and
a ``--convolution``, ``--pooling``… for every role of the palette; they follow light and dark by themselves.
"""
