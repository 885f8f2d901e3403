// Scrolls a row into view inside its own list. `scrollIntoView` would move the whole page as well, and with it the photo
// a person is working on.
export function keepInList(row) {
  const list = row?.closest("ol, ul");
  if (!list) return;
  const above = row.getBoundingClientRect().top - list.getBoundingClientRect().top;
  const below = above + row.offsetHeight - list.clientHeight;
  if (above < 0) list.scrollTop += above;
  else if (below > 0) list.scrollTop += below;
}
