// Fits the drawing of the lab page into its pane. Where it would have to shrink, the pane shows an overview: all nodes and lines, squeezed
// into the pane, with names in their full size and without addresses. Two buttons show the addresses in the pane, which scrolls then
// (panes.js remembers it), or the drawing in the whole window. Both begin at the node whose terminal is open: the corner of a drawing is
// often empty. Without this script, the pane scrolls.

const EDGE = 4; // px between the pane and the boxes
// Boxes as they are laid out; and smaller ones, which have room for a name of 12 px but for no role
const BOXES = [{ size: 'whole', across: 1, down: 1 }, { size: 'small', across: 0.82, down: 0.5 }];

const paper = matchMedia('print');
const map = () => document.getElementById('map');
const isFull = () => document.body.dataset.full === 'map';

function boxesOf(drawing) {
  return [...drawing.querySelectorAll('[data-node] > rect')].map(({ x, y, width, height }) => ({
    x: x.baseVal.value + width.baseVal.value / 2,
    y: y.baseVal.value + height.baseVal.value / 2,
    width: width.baseVal.value,
    height: height.baseVal.value,
  }));
}

// The pixels of a unit, so that all boxes fit into the room of one direction, and the units in its middle
function scaleOf(points, widest, room) {
  const [first, last] = [Math.min(...points), Math.max(...points)];
  return { scale: last > first ? Math.min(1, (room - widest - 2 * EDGE) / (last - first)) : 1, middle: (first + last) / 2 };
}

const linesOf = (drawing) => [...drawing.querySelectorAll('.ln')].map(({ x1, y1, x2, y2 }) => ({
  x: (x1.baseVal.value + x2.baseVal.value) / 2,
  y: (y1.baseVal.value + y2.baseVal.value) / 2,
  right: (x2.baseVal.value - x1.baseVal.value) / 2,
  down: (y2.baseVal.value - y1.baseVal.value) / 2,
}));

// Whether a line passes behind a box that is not at one of its ends: then it would seem to end there
function isCrossing(line, box, { width, height, x, y }) {
  const [aside, below] = [(line.x - box.x) * x, (line.y - box.y) * y];
  const [right, down] = [line.right * x, line.down * y];
  const endsThere = [1, -1].some((end) => Math.abs(aside + end * right) < width && Math.abs(below + end * down) < height);
  return !endsThere && Math.abs(aside) < width + Math.abs(right) && Math.abs(below) < height + Math.abs(down)
    && Math.abs(aside * down - below * right) < width * Math.abs(down) + height * Math.abs(right);
}

// How the drawing is squeezed; whether no box touches another one then, and no line passes behind a box
function squeezed(drawing, pane, { size, across, down }) {
  const boxes = boxesOf(drawing);
  const x = scaleOf(boxes.map((box) => box.x), across * Math.max(...boxes.map((box) => box.width)), pane.offsetWidth);
  const y = scaleOf(boxes.map((box) => box.y), down * Math.max(...boxes.map((box) => box.height)), pane.offsetHeight);
  const isTouching = (a, b) => Math.abs(a.x - b.x) * x.scale < (across * (a.width + b.width)) / 2
    && Math.abs(a.y - b.y) * y.scale < (down * (a.height + b.height)) / 2;
  const halves = (box) => ({ width: (across * box.width) / 2, height: (down * box.height) / 2, x: x.scale, y: y.scale });
  return {
    size,
    x,
    y,
    hasRoom: x.scale > 0 && y.scale > 0 && !boxes.some((a, n) => boxes.slice(0, n).some((b) => isTouching(a, b))),
    isClear: !linesOf(drawing).some((line) => boxes.some((box) => isCrossing(line, box, halves(box)))),
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
  const [least, drawing] = pane.querySelectorAll('.drawn > svg');
  const [width, height] = ['width', 'height'].map((name) => Number(least.getAttribute(name)));
  const found = width <= pane.offsetWidth && height <= pane.offsetHeight ? undefined : overviewOf(drawing, pane);
  const isWanted = document.body.dataset.folded?.includes('overview');
  if (found && !isWanted && !isFull() && !paper.matches) showOverview(drawing, pane, found);
  else showWhole(drawing, { width, height });
  const [labels, full] = ['map-labels', 'map-full'].map((id) => document.getElementById(id));
  labels.hidden = isFull() || !found;
  labels.ariaPressed = String(Boolean(isWanted));
  full.hidden = false;
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
