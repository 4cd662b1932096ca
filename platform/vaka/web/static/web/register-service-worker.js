// Registers the service worker, which shows a page while the server does not answer, and keeps lessons for reading without a connection.
// Browsers allow it only over HTTPS and on localhost.
const { person } = document.body.dataset;
const isLab = document.getElementById("panel") !== null;
const LATER = 60_000; // milliseconds: a lab that opens has better uses for a slow connection than the worker and its pages
const tell = async (words) => (await navigator.serviceWorker.ready).active.postMessage(words);

async function start() {
  try {
    await navigator.serviceWorker.register("/worker.js");
    if (person && !isLab) await tell("keep");
  } catch { /* a private window may refuse it */ }
}

const hasWorkers = isSecureContext && "serviceWorker" in navigator;

if (hasWorkers) {
  if (isLab) setTimeout(start, LATER);
  else if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
}

// Before anything stops the form: without a connection it is not sent, but what is kept here must go all the same
addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") !== "/accounts/logout/") return; // not target.action: a button of that name hides it
  if (hasWorkers) tell("forget");
  try { localStorage.removeItem("vaka:waiting-answers"); } catch { /* no storage: nothing waits */ }
}, { capture: true });

let isWaiting = false;
try { isWaiting = localStorage.getItem("vaka:waiting-answers") !== null; } catch { /* no storage: nothing waits */ }
if (isWaiting) import("courses/waiting-answers");
