// A second press while a plain form is on its way would send it twice: make two copies, or say that the name is taken.
// Forms of htmx are not concerned: it stops their own submit, and drops the answer to a form that is gone.
const ON_ITS_WAY_MS = 3_000;
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  else {
    sent.add(event.target);
    setTimeout(() => sent.delete(event.target), ON_ITS_WAY_MS);
  }
});
