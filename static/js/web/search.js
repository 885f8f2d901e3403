// <input type="search" data-finds=".card" data-none="#no-card">: of these elements those stay whose data-words have every word of
// what is sought; the other element says that there is none.
export function matches(words, sought) {
  const text = words.toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((part) => text.includes(part));
}

export function start(search) {
  function show() {
    const elements = [...document.querySelectorAll(search.dataset.finds)];
    for (const element of elements) element.hidden = !matches(element.dataset.words, search.value.trim());
    document.querySelector(search.dataset.none).hidden = elements.some((element) => !element.hidden);
  }
  search.addEventListener("input", show);
  if (search.value) show(); // typed before this module was there, or kept by the browser
  // Enter would send the form.
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}
