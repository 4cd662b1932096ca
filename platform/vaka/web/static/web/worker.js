// Registers the page for when the server does not answer. Browsers allow it by https and on localhost only.
const register = () => navigator.serviceWorker.register("/worker.js").catch(() => {});  // a private window may refuse

if (isSecureContext && "serviceWorker" in navigator) {
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
