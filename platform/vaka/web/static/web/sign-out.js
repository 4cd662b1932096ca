// Deletes what this browser keeps of a person when they sign out, or when a page is somebody else's: a session may end without a sign-out.
// Each storage has a note of its person. A page of nobody deletes nothing, because the same person may sign in again.

const PERSON = 'vaka:person';
const { person } = document.body.dataset;

function inEachStorage(act) {
  for (const name of ['sessionStorage', 'localStorage']) {
    try {
      act(window[name]); // to read it fails where there is none
    } catch { /* no storage: nothing was kept */ }
  }
}

function forget(storage) {
  for (const key of Object.keys(storage)) {
    if (key.startsWith('vaka:')) storage.removeItem(key);
  }
}

if (person) inEachStorage((storage) => {
  const before = storage.getItem(PERSON);
  if (before !== null && before !== person) forget(storage);
  if (before !== person) storage.setItem(PERSON, person);
});

document.addEventListener('submit', ({ target }) => {
  if (new URL(target.action, location.href).pathname !== '/accounts/logout/') return;
  inEachStorage(forget);
  addEventListener('pagehide', () => inEachStorage(forget), { once: true }); // until the answer comes, the page lives and may store more
});
