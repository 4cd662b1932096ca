// The strip of a workshop on a trainee's pages: it hears what is said to his seat, and tells that he is here.

const say = document.createElement('p');
say.className = 'vh';
say.setAttribute('role', 'status');
document.body.append(say);

const strip = () => document.getElementById('strip');

function show(html) {
  const wanted = new DOMParser().parseFromString(html, 'text/html').getElementById('strip');
  if (!wanted || strip().querySelector('details[open] input:focus')) return; // he is writing
  const was = strip().querySelector('.news')?.textContent;
  strip().replaceWith(document.adoptNode(wanted));
  const now = strip().querySelector('.news')?.textContent;
  if (now && now !== was) say.textContent = now;
}

async function refresh() {
  try {
    const answer = await fetch(strip().dataset.stripUrl, { headers: { 'X-Vaka': 'part' } });
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch { /* no line */ }
}

let stream;
function listen() {
  stream = new EventSource(strip().dataset.eventsUrl);
  stream.addEventListener('seat', ({ data }) => {
    refresh();
    if (JSON.parse(data).what === 'open' && document.getElementById('agenda')) location.reload();
  });
  stream.addEventListener('hello', refresh); // what was said before we listened
  stream.addEventListener('bye', () => stream.close());
}
listen();
addEventListener('pagehide', () => stream.close());
addEventListener('pageshow', ({ persisted }) => { if (persisted) { listen(); refresh(); } });

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-strip]');
  if (!form) return;
  event.preventDefault();
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Vaka': 'part' } });
    form.closest('details')?.removeAttribute('open');
    document.activeElement?.blur();
    if (answer.ok) show(await answer.text());
  } catch { form.submit(); }
});
