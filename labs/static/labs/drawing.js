// The drawing of the lab page: the node whose terminal is open, the cables and nodes of the verdict that is open, and whole addresses
// of what one points at. The page replaces the drawing now and then (vaka:shown), so all of it is put in again.

const map = () => document.getElementById('map');

function light() {
  const links = new Set();
  const nodes = new Set();
  for (const verdict of document.querySelectorAll('#checks details.of-stage[open] li[data-cables] > details[open]')) {
    const { cables, nodes: names } = verdict.parentElement.dataset;
    for (const number of cables.split(' ').filter(Boolean)) links.add(number);
    for (const name of names.split(' ').filter(Boolean)) nodes.add(name);
  }
  for (const line of map().querySelectorAll('[data-link]')) line.classList.toggle('lit', links.has(line.dataset.link));
  const at = document.querySelector('#terminal [role=tab][tabindex="0"]')?.dataset.node;
  for (const box of map().querySelectorAll('[data-node]')) {
    box.classList.toggle('lit', nodes.has(box.dataset.node));
    box.classList.toggle('at', box.dataset.node === at);
  }
}

// A touch has no hover, and a keyboard neither: both move the focus.
function tell({ target }) {
  const told = document.getElementById('told');
  const text = target.closest?.('#map [data-node], #map [data-cable]')?.querySelector('title')?.textContent ?? '';
  if (told && told.textContent !== text) told.textContent = text;
}

// -- cables and captures

const packets = () => import('labs/cables-and-captures');

document.addEventListener('click', async (event) => {
  const cable = event.target.closest('[data-cable]');
  if (!cable) return;
  event.preventDefault();
  (await packets()).selectCable(cable.dataset.cable);
});

document.addEventListener('toggle', ({ target }) => {
  if (target.closest?.('#checks')) light();
  if (target.open && ['cables', 'captures'].includes(target.id)) packets();
}, true);
if (document.querySelector('#cables[open], #captures[open]')) packets();

for (const name of ['vaka:shown', 'vaka:at']) document.addEventListener(name, light);
for (const name of ['pointerover', 'focusin']) document.addEventListener(name, tell);
light();
