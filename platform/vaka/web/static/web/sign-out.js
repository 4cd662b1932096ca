// Deletes what this browser keeps of a person when they sign out: the next person at it may be somebody else.

function forget() {
  for (const name of ['sessionStorage', 'localStorage']) {
    try {
      const storage = window[name]; // to read it fails where there is none
      for (const key of Object.keys(storage)) {
        if (key.startsWith('vaka:')) storage.removeItem(key);
      }
    } catch { /* no storage: nothing was kept */ }
  }
}

document.addEventListener('submit', ({ target }) => {
  if (new URL(target.action, location.href).pathname !== '/accounts/logout/') return;
  forget();
  addEventListener('pagehide', forget, { once: true }); // until the answer comes, the page lives and may store more
});
