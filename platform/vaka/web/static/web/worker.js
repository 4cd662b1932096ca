// Registers the service worker, which shows a page while the server does not answer. Browsers allow it only over HTTPS and on localhost.
const register = () => navigator.serviceWorker.register("/worker.js").catch(() => {});  // a private window may refuse it

if (isSecureContext && "serviceWorker" in navigator) {
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
