// Beside a trainee: the page is loaded anew when he allows typing, or takes it back; and left when the visit is over.

const bar = document.getElementById('visit');

async function look() {
  try {
    const answer = await fetch(location.href);
    if (answer.redirected || answer.status === 404) { location.assign(bar.dataset.backUrl); return; }
    if (!answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('visit');
    if (now && (now.dataset.types !== bar.dataset.types || now.dataset.asked !== bar.dataset.asked)) location.reload();
  } catch { /* no line */ }
}

const stream = new EventSource(bar.dataset.eventsUrl);
for (const name of ['hello', 'room']) stream.addEventListener(name, look); // hello: what was said before we listened
stream.addEventListener('bye', () => { stream.close(); look(); });
addEventListener('pagehide', () => stream.close());
