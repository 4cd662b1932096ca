// The place in the guide, across a reload of this page: the first text in view, and what the reader has opened.
import { load, store } from 'labs/browser-storage';

const PLACE = `vaka:place:${location.pathname}`; // sign-out.js deletes it
const TEXTS = 'p:not(.cmd), li, pre, h2, h3, summary, tr'; // without what lab.js adds
const find = (id) => document.getElementById(id);
const guide = () => find('guide');
const textsOf = (part) => [...part.querySelectorAll(TEXTS)];

function placeInGuide() {
  const pane = guide();
  const { top } = pane.getBoundingClientRect();
  const distance = (text) => text.getBoundingClientRect().top - top;
  if (!pane.scrollTop) return null;
  const first = textsOf(pane).find((text) => text.getClientRects().length && distance(text) >= 0);
  const part = first?.parentElement.closest('[id]');
  return part ? { part: part.id, number: textsOf(part).indexOf(first), distance: distance(first) } : null;
}

function goToPlace({ part, number, distance }) {
  const found = find(part);
  const text = found && guide().contains(found) && textsOf(found)[number];
  if (text) guide().scrollTop += text.getBoundingClientRect().top - guide().getBoundingClientRect().top - distance;
}

addEventListener('pagehide', () => {
  const opened = [...guide().querySelectorAll('details[id][open]')].map(({ id }) => id);
  store(sessionStorage, PLACE, { opened, at: placeInGuide() });
});

function restorePlace() {
  const { opened = [], at } = load(sessionStorage, PLACE, {});
  for (const id of opened) if (guide().contains(find(id))) find(id).open = true;
  if (!at) return;
  goToPlace(at);
  const moved = new AbortController();
  for (const how of ['wheel', 'touchmove', 'keydown', 'pointerdown']) addEventListener(how, () => moved.abort(), { signal: moved.signal, passive: true });
  document.addEventListener('vaka:whole', () => { goToPlace(at); moved.abort(); }, { signal: moved.signal });
}

if (performance.getEntriesByType('navigation')[0]?.type === 'reload') restorePlace();
