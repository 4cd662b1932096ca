// The page of an observer: shows new verdicts, reloads when the trainee gives or withdraws the permission to type, and leaves when
// observing ends.

const bar = document.getElementById('observer');

async function refresh() {
  try {
    const answer = await fetch(location.href);
    if (answer.redirected || answer.status === 404) { location.assign(bar.dataset.backUrl); return; }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const now = page.getElementById('observer');
    if (now && (now.dataset.types !== bar.dataset.types || now.dataset.asked !== bar.dataset.asked)) location.reload();
    const checks = page.getElementById('observed-checks');
    if (checks) document.getElementById('observed-checks').replaceWith(document.adoptNode(checks));
  } catch { /* offline */ }
}

let stream;
function listen() {
  stream = new EventSource(bar.dataset.eventsUrl);
  for (const name of ['hello', 'room']) stream.addEventListener(name, refresh); // hello: what happened before the stream was open
  stream.addEventListener('bye', () => { stream.close(); refresh(); });
}
listen();
document.addEventListener('vaka:online', () => { stream.close(); listen(); });
addEventListener('pagehide', () => stream.close());
