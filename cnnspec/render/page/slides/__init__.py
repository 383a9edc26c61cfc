"""The page as slides: one a layer, as a lecture would show them."""
