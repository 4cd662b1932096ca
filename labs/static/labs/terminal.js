// <lab-terminals data-ticket-url="…" data-nodes='[{"name": "r1", "kind": "frr", "typeable": true}]'>: the terminals of a lab, in
// tabs. Its words are in a <template> inside it (labs/_terminal_words.html), so that they are translated where all others are;
// what else is inside it is for browsers without JavaScript.
//
// A link to #t-NODE anywhere on the page opens that node; so does the event vaka:type {node, text}, which also types.
import { Screen } from 'labs/terminal-screen';

const PER_NODE = 4;
const WIDE = matchMedia('(min-width: 64rem)'); // room for two terminals side by side
const COLOURS = ['dark', 'light', 'contrast'];
const SIZES = { least: 9, most: 28, usual: 13 };

function kept(storage, key, otherwise) {
  try {
    return JSON.parse(storage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // storage may be forbidden
  }
}

function keep(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch { /* then it is not kept */ }
}

class LabTerminals extends HTMLElement {
  connectedCallback() {
    if (this.tabs) return;
    this.tabs = [];
    const words = this.querySelector('template').content.querySelectorAll('[data-word]');
    this.dictionary = Object.fromEntries([...words].map((word) => [word.dataset.word, word.textContent.trim()]));
    this.words = (name, values = {}) => (this.dictionary[name] ?? name).replaceAll(/\{(\w+)\}/g, (_, key) => values[key] ?? '');
    for (const other of this.querySelectorAll(':scope > :not(template)')) other.remove();
    this.shown = []; // the tab of each side: one, or two in a split
    this.side = 0;
    this.nodes = JSON.parse(this.dataset.nodes);
    this.fontSize = kept(localStorage, 'vaka:terminal-size', SIZES.usual);
    this.readAloud = kept(localStorage, 'vaka:terminal-read', false);
    this.colours = this.keptColours();
    this.drawBar();
    this.addEventListener('keydown', (event) => this.shortcut(event));
    const before = kept(sessionStorage, this.dataset.ticketUrl, {});
    for (const node of this.nodes) {
      for (let n = 1; n <= Math.min(before[node.name] ?? 1, PER_NODE); n += 1) this.add(node);
    }
    this.onWide = () => { if (!WIDE.matches) this.unite(); };
    WIDE.addEventListener('change', this.onWide);
    this.onType = (event) => this.typeInto(event.detail);
    this.onLink = (event) => this.followLink(event);
    document.addEventListener('vaka:type', this.onType);
    document.addEventListener('click', this.onLink);
    const first = this.tabs.find((tab) => tab.id === `tab-${location.hash.slice(1)}` || tab.id === before.at) ?? this.tabs[0];
    if (first) this.pick(first);
    const beside = this.tabs.find((tab) => tab.id === before.beside);
    if (beside && beside !== first && WIDE.matches) this.divide(beside);
  }

  get current() {
    return this.shown[this.side];
  }

  disconnectedCallback() {
    WIDE.removeEventListener('change', this.onWide);
    document.removeEventListener('vaka:type', this.onType);
    document.removeEventListener('click', this.onLink);
    for (const tab of this.tabs) tab.screen?.close();
    this.tabs = undefined;
  }

  // -- the bar

  drawBar() {
    // What changes is written on our own children: the page renews the attributes of <lab-terminals> itself.
    const bar = document.createElement('div');
    bar.className = 'tabs';
    bar.dataset.colours = this.colours;
    this.bar = bar;
    this.list = document.createElement('div');
    this.list.setAttribute('role', 'tablist');
    this.list.setAttribute('aria-label', this.words('tabs'));
    this.list.addEventListener('click', (event) => this.clicked(event));
    this.list.addEventListener('keydown', (event) => this.moved(event));
    this.status = document.createElement('span');
    this.status.className = 'end';
    this.more = this.button('+', 'more', () => this.another());
    this.less = this.button('×', 'less', () => this.putAway(this.current));
    const find = this.button(this.words('find'), 'findTitle', () => this.find());
    find.setAttribute('aria-keyshortcuts', 'Control+Shift+F');
    this.splitter = this.button(this.words('split'), 'splitTitle', () => this.toggleSplit());
    this.splitter.className = 'shell-split';
    this.reader = this.button(this.words('read'), 'readTitle', () => this.toggleReader());
    this.reader.ariaPressed = String(this.readAloud);
    const tools = document.createElement('div');
    tools.className = 'shell-tools';
    tools.append(
      this.status, this.more, this.less,
      this.button('A−', 'smaller', () => this.scale(-1)), this.button('A+', 'larger', () => this.scale(1)), find, this.splitter, this.reader,
      this.colourList(),
    );
    bar.append(this.list, tools);
    this.hint = document.createElement('p');
    this.hint.className = 'shell-hint';
    this.hint.id = 'terminal-hint';
    this.hint.textContent = this.words('hint');
    this.both = document.createElement('div');
    this.both.className = 'shell-sides';
    this.sides = [this.drawSide(0), this.drawSide(1)];
    this.sides[1].hidden = true;
    this.both.append(...this.sides);
    this.append(bar, this.both, this.hint);
  }

  drawSide(number) {
    const side = document.createElement('div');
    side.className = 'shell-side';
    const name = document.createElement('p');
    name.className = 'shell-name';
    side.append(name);
    side.addEventListener('focusin', () => { if (this.side !== number && this.shown[number]) this.turnTo(number); });
    return side;
  }

  button(text, word, act) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.title = this.words(word);
    if (text.length < 3) button.setAttribute('aria-label', this.words(word));
    button.addEventListener('click', act);
    return button;
  }

  add(node) {
    const name = String(this.tabs.filter((tab) => tab.node === node).length + 1);
    const id = name === '1' ? `t-${node.name}` : `t-${node.name}-${name}`;
    const tab = document.createElement('a');
    Object.assign(tab, { id: `tab-${id}`, href: `#${id}`, node, number: name });
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', id);
    tab.textContent = name === '1' ? node.name : `${node.name} ${name}`;
    if (!node.typeable) {
      const small = document.createElement('small');
      small.textContent = this.words('lookOnly');
      tab.append(' ', small);
    }
    const panel = document.createElement('div');
    Object.assign(panel, { id, className: 'shell-panel', hidden: true });
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    tab.panel = panel;
    const last = this.tabs.findLast((other) => other.node === node);
    this.tabs.splice(last ? this.tabs.indexOf(last) + 1 : this.tabs.length, 0, tab);
    if (last) last.after(tab);
    else this.list.append(tab);
    this.sides[0].append(panel);
    return tab;
  }

  clicked(event) {
    const tab = event.target.closest('[role=tab]');
    if (!tab) return;
    event.preventDefault();
    this.pick(tab);
    tab.screen.focus();
  }

  moved(event) {
    const at = this.tabs.indexOf(document.activeElement);
    if (at < 0) return;
    const step = getComputedStyle(this.list).direction === 'rtl' ? -1 : 1;
    const to = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: this.tabs.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const tab = this.tabs[(to + this.tabs.length) % this.tabs.length];
      this.pick(tab);
      tab.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.current.screen.focus();
    } else if (event.key === 'Delete' && this.current.number !== '1') {
      event.preventDefault();
      this.putAway(this.current);
      this.current.focus();
    }
  }

  // -- which terminal is seen

  pick(tab) {
    const seenAt = this.shown.indexOf(tab);
    if (seenAt < 0) {
      if (this.current) this.current.panel.hidden = true;
      this.shown[this.side] = tab;
      this.sides[this.side].append(tab.panel);
      tab.panel.hidden = false;
    }
    // Opened when it is first looked at: a lab of ten nodes does not hold ten lines.
    tab.screen ??= new Screen(this, tab.panel, {
      ticketUrl: this.dataset.ticketUrl, node: tab.node.name, name: tab.number, typeable: tab.node.typeable,
      fontSize: this.fontSize, readAloud: this.readAloud,
    });
    tab.screen.fit();
    this.turnTo(seenAt < 0 ? this.side : seenAt);
  }

  turnTo(side) {
    this.side = side;
    const tab = this.current;
    for (const other of this.tabs) {
      other.setAttribute('aria-selected', String(this.shown.includes(other)));
      other.tabIndex = other === tab ? 0 : -1;
      other.classList.toggle('beside', other !== tab && this.shown.includes(other));
    }
    this.sides.forEach((each, at) => {
      each.firstChild.textContent = this.shown[at]?.firstChild.textContent ?? '';
      each.classList.toggle('at', at === side);
    });
    this.tell(tab.screen);
    this.search?.moveTo(tab.screen);
    const open = this.tabs.filter((other) => other.node === tab.node).length;
    this.more.disabled = open >= PER_NODE || !tab.node.typeable;
    this.less.hidden = tab.number === '1' || open !== Number(tab.number);
    this.remember();
  }

  // -- two terminals side by side

  toggleSplit() {
    if (this.isSplit) this.unite();
    else this.divide(this.otherTab() ?? this.add(this.current.node));
  }

  get isSplit() {
    return this.shown.length === 2;
  }

  // The next tab, or the one before; preferably another node's.
  otherTab() {
    const at = this.tabs.indexOf(this.current);
    const rest = [...this.tabs.slice(at + 1), ...this.tabs.slice(0, at).reverse()];
    return rest.find((tab) => tab.node !== this.current.node) ?? rest[0];
  }

  divide(tab) {
    this.sides[1].hidden = false; // seen before the terminal opens, which measures its letters
    this.side = 1;
    this.pick(tab);
    this.drawSplit();
  }

  unite() {
    if (!this.isSplit) return;
    const stays = this.current;
    for (const tab of this.shown) tab.panel.hidden = tab !== stays;
    this.sides[0].append(this.sides[1].querySelector('.shell-panel:not([hidden])') ?? '');
    this.shown = [stays];
    this.drawSplit();
    this.turnTo(0);
  }

  drawSplit() {
    const { isSplit } = this;
    this.sides[1].hidden = !isSplit;
    this.both.classList.toggle('split', isSplit);
    this.splitter.textContent = this.words(isSplit ? 'one' : 'split');
    this.splitter.title = this.words(isSplit ? 'oneTitle' : 'splitTitle');
    this.list.ariaMultiSelectable = isSplit ? 'true' : null;
    for (const tab of this.shown) tab.screen.fit();
  }

  turn(arrow) {
    const isLeft = arrow === 'ArrowLeft';
    this.turnTo(isLeft === (getComputedStyle(this.list).direction === 'rtl') ? 1 : 0);
    this.current.screen.focus();
  }

  another() {
    const tab = this.add(this.current.node);
    this.pick(tab);
    tab.screen.focus();
  }

  // The shell goes on; opening the terminal again finds it as it was.
  putAway(tab) {
    const at = this.tabs.indexOf(tab);
    tab.screen?.close();
    tab.panel.remove();
    tab.remove();
    this.tabs.splice(at, 1);
    const next = [...this.tabs.slice(0, at).reverse(), ...this.tabs.slice(at)].find((other) => !this.shown.includes(other));
    if (next) this.pick(next);
    else {
      this.side = 1 - this.side;
      this.unite();
    }
    this.current.screen.focus();
  }

  remember() {
    const counts = { at: this.shown[0].id, beside: this.shown[1]?.id };
    for (const { name } of this.nodes) counts[name] = this.tabs.filter((tab) => tab.node.name === name).length;
    keep(sessionStorage, this.dataset.ticketUrl, counts);
  }

  tell(screen) {
    if (this.current?.panel === screen.panel && screen.word) this.status.textContent = screen.word;
  }

  leave() {
    this.current.focus();
  }

  // -- finding

  shortcut(event) {
    if (event.code !== 'KeyF' || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.find();
  }

  async find() {
    const { SearchBar } = await import('labs/terminal-search');
    if (!this.tabs) return; // gone meanwhile
    if (!this.search) {
      this.search = new SearchBar(this);
      this.bar.after(this.search.bar);
    }
    this.search.open(this.current.screen);
  }

  // -- size and reading

  scale(by) {
    this.fontSize = Math.min(SIZES.most, Math.max(SIZES.least, this.fontSize + by));
    keep(localStorage, 'vaka:terminal-size', this.fontSize);
    for (const tab of this.tabs) tab.screen?.set({ fontSize: this.fontSize });
  }

  keptColours() {
    const chosen = kept(localStorage, 'vaka:terminal-colours', undefined);
    if (COLOURS.includes(chosen)) return chosen;
    return matchMedia('(prefers-contrast: more)').matches ? 'contrast' : 'dark';
  }

  colourList() {
    const list = document.createElement('select');
    list.setAttribute('aria-label', this.words('colours'));
    list.title = this.words('colours');
    for (const name of COLOURS) list.add(new Option(this.words(`colours-${name}`), name, false, name === this.colours));
    list.addEventListener('change', () => this.dress(list.value));
    return list;
  }

  // The colours themselves are in terminal.css.
  dress(colours) {
    this.colours = this.bar.dataset.colours = colours;
    keep(localStorage, 'vaka:terminal-colours', colours);
    for (const tab of this.tabs) tab.screen?.dress();
    this.search?.dress();
  }

  toggleReader() {
    this.readAloud = !this.readAloud;
    this.reader.ariaPressed = String(this.readAloud);
    keep(localStorage, 'vaka:terminal-read', this.readAloud);
    for (const tab of this.tabs) tab.screen?.set({ screenReaderMode: this.readAloud });
  }

  // -- from elsewhere on the page

  followLink(event) {
    const link = event.target.closest?.('a[href^="#t-"]:not([role=tab])');
    const tab = link && this.tabs.find((other) => other.getAttribute('href') === link.getAttribute('href'));
    if (!tab) return;
    event.preventDefault();
    this.pick(tab);
    tab.screen.focus();
    tab.panel.scrollIntoView({ block: 'nearest' });
  }

  typeInto({ node, text }) {
    const tab = this.tabs.find((other) => other.node.name === node);
    if (!tab) return;
    this.pick(tab);
    tab.screen.type(text);
    tab.screen.focus();
    tab.panel.scrollIntoView({ block: 'nearest' });
  }
}

customElements.define('lab-terminals', LabTerminals);
