// A request of a script, with the page's token; «data» goes as JSON.
export function send(address, data = {}, options = {}) {
  return fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    },
    body: JSON.stringify(data),
    ...options,
  });
}
