// Slides that a whole room sees: the team's window says which slide it shows, and windows of trainees who follow go there.
import { fieldsOf } from 'web/sending';

const KEY = 'vaka:follow'; // in this tab: whether its person follows
const LED = 'vaka:led'; // in this tab, while it loads its next page: it led the room
const lead = document.getElementById('lead');
const follow = document.getElementById('follow');

if (lead) {
  const form = document.getElementById('lead-room');
  const AGAIN = 2000; // ms after which a slide is sent again that did not arrive
  const LONGEST = 8000; // ms for an answer: a connection that was cut may stay without one for minutes
  const others = new BroadcastChannel('vaka:lead'); // the other windows of this browser
  let isMine = false; // the box was ticked in this window, so leading ends when it is left
  let latest = 0;
  const tick = (on) => {
    lead.checked = on;
    isMine &&= on;
  };
  const send = async (fields) => {
    const mine = ++latest;
    const body = new URLSearchParams(fieldsOf(form));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    let answer;
    try {
      answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Vaka': 'part' }, signal: AbortSignal.timeout(LONGEST) });
    } catch { /* offline, or too slow */ }
    if (answer?.ok && !answer.redirected) return;
    if (answer && answer.status < 500) tick(false); // signed out, no longer in the team, or somebody else leads
    else setTimeout(() => { if (mine === latest) send(fields); }, AGAIN);
  };
  const shown = () => ({ path: form.dataset.path, slide: Number(location.hash.slice(2)) || 1 });
  lead.addEventListener('change', () => {
    isMine = lead.checked;
    others.postMessage({ path: form.dataset.path, on: lead.checked });
    send(lead.checked ? shown() : {});
  });
  others.addEventListener('message', ({ data }) => {
    if (data.on || data.path === form.dataset.path) tick(data.on && data.path === form.dataset.path);
  });
  document.addEventListener('vaka:slide', () => { if (lead.checked) send({ ...shown(), continues: 'yes' }); });
  addEventListener('pagehide', () => {
    if (!isMine) return;
    navigator.sendBeacon(form.action, new URLSearchParams(fieldsOf(form)));
    others.postMessage({ path: form.dataset.path, on: false });
    sessionStorage.setItem(LED, 'yes');
    tick(false); // for a page that comes back from the memory of the browser
  });
  if (lead.checked && sessionStorage.getItem(LED)) { // the page was written before the one before it was left
    tick(false);
    send({});
  } else if (lead.checked) { // another window leads: this one goes where the room is
    document.dispatchEvent(new CustomEvent('vaka:go-to-slide', { detail: Number(form.dataset.slide) }));
  }
  sessionStorage.removeItem(LED);
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
