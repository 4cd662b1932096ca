// Fits the drawing of the lab page into its pane. Where it would have to shrink, the pane shows an overview: all nodes and lines, squeezed
// into the pane, with names in their full size. The addresses stay, in their full size, where they have room. Where they have none, two
// buttons show them in the pane, which scrolls then (panes.js remembers it), or the drawing in the whole window. Both begin at the node
// whose terminal is open: the corner of a drawing is often empty. Without this script, the pane scrolls.
// What is shown depends on the size of the pane alone, so nothing here may change that size: the button keeps its place while it is hidden.

const EDGE = 4; // px between the pane and what is drawn
const LETTERS = 12; // px: the height of an address, without the space between two rows
// Boxes as they are laid out, with the addresses and without; and smaller ones, which have room for a name of 12 px but for no role
const BOXES = [
  { size: 'labelled', across: 1, down: 1, hasLabels: true },
  { size: 'whole', across: 1, down: 1 },
  { size: 'small', across: 0.82, down: 0.5 },
];

const paper = matchMedia('print');
const map = () => document.getElementById('map');
const isFull = () => document.body.dataset.full === 'map';

function boxesOf(drawing, { across, down }) {
  return [...drawing.querySelectorAll('[data-node] > rect')].map(({ x, y, width, height }) => ({
    x: x.baseVal.value + width.baseVal.value / 2,
    y: y.baseVal.value + height.baseVal.value / 2,
    width: (across * width.baseVal.value) / 2,
    height: (down * height.baseVal.value) / 2,
  }));
}

// The places of the addresses, which no squeezing changes
function labelsOf(drawing) {
  return [...drawing.querySelectorAll('.label')].map((label) => {
    const { x, y, width, height } = label.getBBox();
    return { x: x + width / 2, y: y + height / 2, width: width / 2, height: LETTERS / 2 };
  });
}

// The pixels of a unit, so that all parts fit into the room of one direction, and the units in its middle. A part has a place in units, and
// half of its own size in pixels.
function scaleOf(parts, room) {
  const scale = Math.min(1, ...parts.flatMap((a) => parts.filter((b) => b.at < a.at).map((b) => (
    (room - 2 * EDGE - a.half - b.half) / (a.at - b.at)
  ))));
  const ends = parts.flatMap(({ at, half }) => [scale * at - half, scale * at + half]);
  return { scale, middle: (Math.min(...ends) + Math.max(...ends)) / 2 / scale };
}

const linesOf = (drawing) => [...drawing.querySelectorAll('.ln')].map(({ x1, y1, x2, y2 }) => ({
  x: (x1.baseVal.value + x2.baseVal.value) / 2,
  y: (y1.baseVal.value + y2.baseVal.value) / 2,
  right: (x2.baseVal.value - x1.baseVal.value) / 2,
  down: (y2.baseVal.value - y1.baseVal.value) / 2,
}));

// Whether a line passes behind a part that is not at one of its ends: then it would seem to end there. X and y are pixels of a unit.
function isCrossing(line, part, x, y) {
  const { width, height } = part;
  const [aside, below] = [(line.x - part.x) * x, (line.y - part.y) * y];
  const [right, down] = [line.right * x, line.down * y];
  const endsThere = [1, -1].some((end) => Math.abs(aside + end * right) < width && Math.abs(below + end * down) < height);
  return !endsThere && Math.abs(aside) < width + Math.abs(right) && Math.abs(below) < height + Math.abs(down)
    && Math.abs(aside * down - below * right) < width * Math.abs(down) + height * Math.abs(right);
}

// How the drawing is squeezed; whether no part touches another one then, and no line passes behind one
function squeezed(drawing, pane, how) {
  const parts = [...boxesOf(drawing, how), ...(how.hasLabels ? labelsOf(drawing) : [])];
  const x = scaleOf(parts.map((part) => ({ at: part.x, half: part.width })), pane.offsetWidth);
  const y = scaleOf(parts.map((part) => ({ at: part.y, half: part.height })), pane.offsetHeight);
  const isTouching = (a, b) => Math.abs(a.x - b.x) * x.scale < a.width + b.width
    && Math.abs(a.y - b.y) * y.scale < a.height + b.height;
  return {
    ...how,
    x,
    y,
    hasRoom: x.scale > 0 && y.scale > 0 && !parts.some((a, n) => parts.slice(0, n).some((b) => isTouching(a, b))),
    isClear: !linesOf(drawing).some((line) => parts.some((part) => isCrossing(line, part, x.scale, y.scale))),
  };
}

// Without a size in which all is clear, the least evil is a line that passes behind a box
function overviewOf(drawing, pane) {
  const found = BOXES.map((how) => squeezed(drawing, pane, how)).filter(({ hasRoom }) => hasRoom);
  return found.find(({ isClear }) => isClear) ?? found.at(-1);
}

function showOverview(drawing, pane, { size, x, y }) {
  const [width, height] = [pane.offsetWidth / x.scale, pane.offsetHeight / y.scale];
  drawing.setAttribute('viewBox', `${x.middle - width / 2} ${y.middle - height / 2} ${width} ${height}`);
  drawing.setAttribute('preserveAspectRatio', 'none');
  document.body.style.setProperty('--across', 1 / x.scale);
  document.body.style.setProperty('--down', 1 / y.scale);
  document.body.dataset.overview = size;
  pane.scrollTo(0, 0);
}

function showWhole(drawing, { width, height }) {
  if (!('overview' in document.body.dataset)) return; // it is as the server drew it
  drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
  drawing.removeAttribute('preserveAspectRatio');
  delete document.body.dataset.overview;
  centre(drawing);
}

function centre(drawing) {
  const pane = drawing.closest('.scroll');
  const [box, room] = [drawing.querySelector('[data-node].at') ?? drawing.querySelector('[data-node]'), pane].map((one) => one.getBoundingClientRect());
  pane.scrollBy({ left: box.x + box.width / 2 - room.x - room.width / 2, top: box.y + box.height / 2 - room.y - room.height / 2, behavior: 'instant' });
}

function fit() {
  const pane = map()?.querySelector(':scope > .scroll');
  if (!pane?.offsetHeight) return;
  const [labels, full] = ['map-labels', 'map-full'].map((id) => document.getElementById(id));
  labels.hidden = full.hidden = false; // before anything is measured: each update of the page hides them, and they take room beside the pane
  const [least, drawing] = pane.querySelectorAll('.drawn > svg');
  const [width, height] = ['width', 'height'].map((name) => Number(least.getAttribute(name)));
  const found = width <= pane.offsetWidth && height <= pane.offsetHeight ? undefined : overviewOf(drawing, pane);
  const isWanted = document.body.dataset.folded?.includes('overview');
  if (found && (found.hasLabels || !isWanted) && !isFull() && !paper.matches) showOverview(drawing, pane, found);
  else showWhole(drawing, { width, height });
  labels.disabled = isFull() || !found || Boolean(found.hasLabels);
  labels.ariaPressed = String(Boolean(isWanted));
  full.ariaPressed = String(isFull());
}

let top = 0; // of the page: it is shorter while the drawing fills the window

function enterFull() {
  top = scrollY;
  document.body.dataset.full = 'map';
  fit();
  centre(map().querySelector('.drawn > .d'));
}

function leaveFull() {
  if (!isFull()) return;
  document.body.removeAttribute('data-full');
  scrollTo({ top, behavior: 'instant' });
  fit();
}

// Before the terminals, which could not take the focus while they are hidden
document.addEventListener('click', ({ target }) => {
  const goal = target.closest('a[href^="#"]')?.getAttribute('href').slice(1);
  if (target.closest('#map-full')) (isFull() ? leaveFull : enterFull)();
  else if (goal && !map().contains(document.getElementById(goal))) leaveFull(); // a terminal, for example
}, true);

addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !isFull() || document.querySelector('dialog[open], details.menu[open]')) return;
  event.preventDefault();
  leaveFull();
});

for (const name of ['vaka:shown', 'vaka:panes']) document.addEventListener(name, fit);
paper.addEventListener('change', fit);
new ResizeObserver(fit).observe(map().querySelector(':scope > .scroll'));
fit();
