// Says within 5 seconds, on every page, that the server does not answer, and takes it back by itself.
//
// It asks for a small static file every 2 seconds while the page is visible. Events on the document: vaka:offline, vaka:online.
// Whoever could not send a form sends vaka:unsent, and the bar says so.

const EVERY = 2000; // ms between two questions
const SILENT = 4000; // ms without an answer, although we have asked: there is no connection
const GIVES_UP = 8000; // ms until a question is dropped

const bar = document.getElementById('connection');
const file = document.querySelector('link[rel=icon]').href;

let heard = performance.now();
let isOffline = false;

function say(word) {
  bar.textContent = bar.dataset[word];
  bar.hidden = false;
}

function judge() {
  const silent = performance.now() - heard > SILENT;
  if (silent === isOffline) return;
  isOffline = silent;
  document.documentElement.dataset.connection = silent ? 'off' : 'on';
  if (silent) say('off');
  else bar.hidden = true;
  document.dispatchEvent(new CustomEvent(silent ? 'vaka:offline' : 'vaka:online'));
}

async function ask() {
  try {
    const answer = await fetch(file, { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(GIVES_UP) });
    if (answer.status < 500) heard = performance.now();
  } catch { /* judged by the time since the last answer */ }
  judge();
}

function tick() {
  if (document.hidden) return;
  ask();
  judge();
}

setInterval(tick, EVERY);
setInterval(() => { if (!document.hidden) judge(); }, 500);

function again() {
  if (document.hidden) return;
  if (!isOffline) heard = performance.now(); // nobody has asked meanwhile
  tick();
}

document.addEventListener('visibilitychange', again);
addEventListener('online', tick);
addEventListener('offline', () => { heard = Number.NEGATIVE_INFINITY; judge(); });
addEventListener('pageshow', ({ persisted }) => { if (persisted) again(); });
addEventListener('pagehide', () => { heard = performance.now(); });

document.addEventListener('vaka:unsent', () => {
  say('unsent');
  if (!isOffline) setTimeout(() => { if (!isOffline) bar.hidden = true; }, 6000);
});

// A script sent a form, which was refused, and has loaded the page again (web/sending.js).
try {
  if (sessionStorage.getItem('vaka:refused') && document.body.dataset.person) {
    sessionStorage.removeItem('vaka:refused');
    say('refused');
    document.addEventListener('submit', () => { if (!isOffline) bar.hidden = true; }, { once: true });
  }
} catch { /* no storage: nothing was noted */ }

// A form of a page is not sent into the void: the browser would replace the page, and what was typed, by its error page.
document.addEventListener('submit', (event) => {
  if (!isOffline || event.defaultPrevented) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.dispatchEvent(new CustomEvent('vaka:unsent'));
}, { capture: true });
