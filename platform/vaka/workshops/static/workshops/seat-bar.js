// The seat bar on a trainee's pages: shows what happens at the seat. Its open event stream tells the site that the seat is online.
import { fieldsOf, isRefused, reloadAfter } from 'web/sending';

const status = document.createElement('p');
status.className = 'vh';
status.setAttribute('role', 'status');
document.body.append(status);

const bar = () => document.getElementById('seat-bar');

const question = (within) => within.querySelector('#raise-hand');

function show(html) {
  const fetched = new DOMParser().parseFromString(html, 'text/html').getElementById('seat-bar');
  if (!fetched || bar().querySelector('details[open] input:focus')) return; // the trainee is writing a question: its end refreshes
  const asked = question(bar());
  if (asked?.open || asked?.querySelector('input').value) question(fetched)?.replaceWith(document.adoptNode(asked));
  const before = bar().querySelector('.news')?.textContent;
  bar().replaceWith(document.adoptNode(fetched));
  const now = bar().querySelector('.news')?.textContent;
  if (now && now !== before) status.textContent = now;
  if (now !== before) document.dispatchEvent(new CustomEvent('vaka:seat'));
}

async function refresh() {
  try {
    const answer = await fetch(bar().dataset.url, { headers: { 'X-Vaka': 'part' } });
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch { /* offline */ }
  waitForEnd();
}

// While a reset of the team runs: its end is an event of the lab, which the stream of the seat does not have
const AGAIN = 3000; // ms
let waits;
function waitForEnd() {
  clearTimeout(waits);
  if ('underWay' in bar().dataset) waits = setTimeout(refresh, AGAIN);
}
waitForEnd();

document.addEventListener('focusout', ({ target, relatedTarget }) => {
  const asked = target.closest('#raise-hand');
  if (asked && !asked.contains(relatedTarget)) refresh();
});

// For a page that shows more of the workshop than the bar does
const tell = (what) => document.dispatchEvent(new CustomEvent('vaka:seat-event', { detail: { what } }));

let stream;
function listen() {
  stream = new EventSource(bar().dataset.eventsUrl);
  stream.addEventListener('seat', ({ data }) => {
    const { what } = JSON.parse(data);
    if (what === 'slide') return; // the bar shows the way to the slides, and not each of them
    refresh();
    tell(what);
  });
  stream.addEventListener('hello', () => { refresh(); tell('hello'); }); // what happened before the stream was open
  stream.addEventListener('bye', () => stream.close());
}
listen();
addEventListener('pagehide', () => stream.close());
document.addEventListener('vaka:online', () => { stream.close(); listen(); });
addEventListener('pageshow', ({ persisted }) => { if (persisted) { listen(); refresh(); } });

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-seat-bar]');
  if (!form) return;
  event.preventDefault();
  try {
    const body = new URLSearchParams(fieldsOf(form, event.submitter));
    const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Vaka': 'part' } });
    if (isRefused(answer)) { reloadAfter(answer); return; }
    if (answer.ok) form.reset();
    form.closest('details')?.removeAttribute('open');
    document.activeElement?.blur();
    if (answer.ok) show(await answer.text());
  } catch { document.dispatchEvent(new CustomEvent('vaka:unsent')); }
});
