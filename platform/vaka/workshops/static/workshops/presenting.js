// Slides that a whole room sees: the team's window says which slide it shows, and windows of trainees who follow go there.
import { fieldsOf } from 'web/sending';

const KEY = 'vaka:follow'; // in this tab: whether its person follows
const lead = document.getElementById('lead');
const follow = document.getElementById('follow');

if (lead) {
  const form = document.getElementById('lead-room');
  const send = async (fields) => {
    const body = new URLSearchParams(fieldsOf(form));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    try {
      await fetch(form.action, { method: 'POST', body, headers: { 'X-Vaka': 'part' } });
    } catch { /* offline: the next slide is sent again */ }
  };
  const shown = () => send({ path: form.dataset.path, slide: Number(location.hash.slice(2)) || 1 });
  lead.addEventListener('change', () => (lead.checked ? shown() : send({})));
  document.addEventListener('vaka:slide', () => { if (lead.checked) shown(); });
  addEventListener('pagehide', () => {
    if (lead.checked) navigator.sendBeacon(form.action, new URLSearchParams(fieldsOf(form)));
  });
}

if (follow) {
  const { path, eventsUrl, shownPath, shownSlide } = document.getElementById('follow-room').dataset;
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
  };
  const change = () => {
    sessionStorage.setItem(KEY, follow.checked ? 'yes' : '');
    stream?.close();
    if (follow.checked) begin();
  };
  follow.addEventListener('change', () => {
    change();
    if (follow.checked && shownPath) go(shownPath, Number(shownSlide));
  });
  follow.checked = Boolean(sessionStorage.getItem(KEY));
  if (follow.checked) change();
  addEventListener('pagehide', () => stream?.close());
}
