// The page for the projector: fetches its one part when the room changes, and runs the clock and the countdown.
import { learnTime, pageCame, serverTime } from 'web/server-clock';

const REFRESH_GAP = 2000; // milliseconds between two refreshes, at least: nobody acts on this page
const REFRESH_EVERY = 20000; // milliseconds, also without events
const { eventsUrl, zone, lang } = document.body.dataset;
const time = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone });

function tick() {
  document.getElementById('clock').textContent = time.format(serverTime());
  const countdown = document.getElementById('countdown');
  if (!countdown) return;
  const minutes = Math.ceil((new Date(countdown.dataset.until) - serverTime()) / 60000);
  countdown.textContent = minutes > 0 ? countdown.dataset.words.replace('{n}', minutes) : '';
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' } });
    if (answer.redirected || answer.status === 404) location.reload();
    else if (answer.ok) {
      const part = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('projector');
      if (part) document.getElementById('projector').replaceWith(document.adoptNode(part));
      learnTime(part);
      tick();
    }
  } catch { /* offline: the clock goes on, and the event stream opens itself again */ }
}

let waiting;
let last = 0;
function refreshSoon() {
  if (waiting) return;
  waiting = setTimeout(() => { waiting = undefined; last = Date.now(); refresh(); }, Math.max(50, REFRESH_GAP - (Date.now() - last)));
}

let stream;
function listen() {
  stream = new EventSource(eventsUrl);
  for (const name of ['room', 'hello']) stream.addEventListener(name, refreshSoon);
  stream.addEventListener('bye', () => { stream.close(); location.reload(); });
}
listen();
learnTime(document.getElementById('projector'), pageCame());
tick();
addEventListener('pagehide', () => stream.close());
addEventListener('pageshow', ({ persisted }) => { if (persisted) { listen(); refreshSoon(); } });
setInterval(tick, 1000);
setInterval(refreshSoon, REFRESH_EVERY);
