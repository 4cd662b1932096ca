// Slides that a whole room sees: the team's window says which slide it shows, and windows of trainees who follow go there.
import { fieldsOf } from 'web/sending';

const KEY = 'vaka:follow'; // in this tab: whether its person follows
const lead = document.getElementById('lead');
const follow = document.getElementById('follow');

if (lead) {
  const form = document.getElementById('lead-room');
  const AGAIN = 2000; // ms after which a slide is sent again that did not arrive
  let latest = 0;
  const send = async (fields) => {
    const mine = ++latest;
    const body = new URLSearchParams(fieldsOf(form));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    let answer;
    try {
      answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Vaka': 'part' } });
    } catch { /* offline */ }
    if (answer?.ok && !answer.redirected) return;
    if (answer && answer.status < 500) lead.checked = false; // signed out, or no longer in the team: nobody is led
    else setTimeout(() => { if (mine === latest) send(fields); }, AGAIN);
  };
  const shown = () => send({ path: form.dataset.path, slide: Number(location.hash.slice(2)) || 1 });
  lead.addEventListener('change', () => (lead.checked ? shown() : send({})));
  document.addEventListener('vaka:slide', () => { if (lead.checked) shown(); });
  addEventListener('pagehide', () => {
    if (lead.checked) navigator.sendBeacon(form.action, new URLSearchParams(fieldsOf(form)));
  });
}

if (follow) {
  const { path, eventsUrl } = document.getElementById('follow-room').dataset;
  const AGAIN = 5000; // ms
  let stream;
  const go = (toPath, slide) => {
    if (toPath === path) document.dispatchEvent(new CustomEvent('vaka:go-to-slide', { detail: slide }));
    else location.assign(`${toPath}#s${slide}`);
  };
  const begin = () => {
    stream = new EventSource(eventsUrl);
    stream.addEventListener('seat', ({ data }) => {
      const event = JSON.parse(data);
      if (event.what === 'slide') go(event.path, event.number);
    });
    stream.addEventListener('bye', () => stream.close());
    // A server that starts refuses for some seconds, and the browser does not try again then
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (follow.checked) change(); }, AGAIN);
    });
  };
  const change = () => {
    sessionStorage.setItem(KEY, follow.checked ? 'yes' : '');
    stream?.close();
    if (follow.checked) begin();
  };
  follow.addEventListener('change', change);
  follow.checked = Boolean(sessionStorage.getItem(KEY));
  if (follow.checked) change();
  addEventListener('pagehide', () => stream?.close());
  addEventListener('pageshow', ({ persisted }) => { if (persisted && follow.checked) change(); });
}
