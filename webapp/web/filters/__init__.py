"""How photos of the gallery are chosen, and the words for it."""
