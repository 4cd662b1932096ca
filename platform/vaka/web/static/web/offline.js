// The page that is shown while the server does not answer: it remembers that a form has not arrived, and goes back by itself.

const EVERY = 2000; // ms

try {
  const kept = JSON.parse(sessionStorage.getItem('vaka:typed') ?? 'null'); // written by keep-filled-in.js
  if (kept) sessionStorage.setItem('vaka:typed', JSON.stringify({ ...kept, lost: true }));
} catch { /* no storage: nothing was kept */ }

setInterval(async () => {
  try {
    const answer = await fetch(document.querySelector('link[rel=stylesheet]').href, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(EVERY) });
    if (answer.status < 500) location.replace(location.href);
  } catch { /* not yet */ }
}, EVERY);
