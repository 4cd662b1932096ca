// <lab-terminals data-gateway="ws://…" data-token-url="…" data-nodes='[{"name": "r1", "kind": "frr", "typeable": true}]'>: the
// terminals of a lab, in tabs. Its words are in a <template> inside it (labs/_terminal_words.html), so that they are translated with
// all others. The template has xterm's stylesheet too: the page is drawn without it.
// Everything else inside it is for browsers without JavaScript.
//
// A link to #t-NODE anywhere on the page opens that node. The event vaka:type {node, text} does so too, and types the text.
// vaka:terminal moves the focus into the current terminal, vaka:full gives the terminals the whole window or takes it back.
// vaka:at says that another terminal has become the current one; data-node of its tab names the node.
import { load, store } from 'labs/browser-storage';
import { Preferences } from 'labs/terminal-preferences';
import { Screen } from 'labs/terminal-screen';
import { Sides } from 'labs/terminal-sides';
import { withStyles } from 'labs/terminal-styles';

const PER_NODE = 4;

class LabTerminals extends HTMLElement {
  connectedCallback() {
    if (this.tabs) return;
    this.tabs = [];
    const { content } = this.querySelector('template');
    const words = content.querySelectorAll('[data-word]');
    this.styled = withStyles(content.querySelector('link'));
    this.dictionary = Object.fromEntries([...words].map((word) => [word.dataset.word, word.textContent.trim()]));
    this.words = (name, values = {}) => (this.dictionary[name] ?? name).replaceAll(/\{(\w+)\}/g, (_, key) => values[key] ?? '');
    for (const other of this.querySelectorAll(':scope > :not(template)')) other.remove();
    this.nodes = JSON.parse(this.dataset.nodes);
    this.preferences = new Preferences(this);
    this.sides = new Sides(this.words, () => this.turned());
    this.drawBar();
    this.addEventListener('keydown', (event) => this.shortcut(event));
    this.kept = `vaka:terminals:${this.dataset.tokenUrl}`; // sign-out.js deletes what has a key of this beginning
    const before = load(sessionStorage, this.kept, {});
    for (const node of this.nodes) {
      for (let n = 1; n <= Math.min(before[node.name] ?? 1, PER_NODE); n += 1) this.add(node);
    }
    this.onType = (event) => this.typeInto(event.detail);
    this.onLink = (event) => this.followLink(event);
    this.onFocus = () => this.current?.screen.focus();
    this.onFull = () => this.toggleFull();
    this.onReset = () => this.openAgain();
    document.addEventListener('vaka:type', this.onType);
    document.addEventListener('vaka:terminal', this.onFocus);
    document.addEventListener('vaka:full', this.onFull);
    document.addEventListener('vaka:nodes-reset', this.onReset);
    document.addEventListener('click', this.onLink);
    const wanted = [`tab-${location.hash.slice(1)}`, `tab-t-${this.dataset.first}`, before.at]; // data-first: an observer begins where the learner types
    const first = wanted.map((id) => this.tabs.find((tab) => tab.id === id)).find(Boolean) ?? this.tabs[0];
    if (first) this.pick(first);
    const beside = this.tabs.find((tab) => tab.id === before.beside);
    if (beside && beside !== first && this.sides.hasRoom) this.divide(beside);
  }

  get current() {
    return this.sides.current;
  }

  disconnectedCallback() {
    this.sides.close();
    this.watch.disconnect();
    document.removeEventListener('vaka:type', this.onType);
    document.removeEventListener('vaka:terminal', this.onFocus);
    document.removeEventListener('vaka:full', this.onFull);
    document.removeEventListener('vaka:nodes-reset', this.onReset);
    document.body.removeAttribute('data-full');
    document.removeEventListener('click', this.onLink);
    for (const tab of this.tabs) tab.screen?.close();
    this.tabs = undefined;
  }

  // -- the bar

  drawBar() {
    // State is stored on our own children, because the page overwrites the attributes of <lab-terminals>.
    const bar = document.createElement('div');
    bar.className = 'tabs';
    bar.dataset.colours = this.preferences.colours;
    this.bar = bar;
    this.list = document.createElement('div');
    this.list.setAttribute('role', 'tablist');
    this.list.setAttribute('aria-label', this.words('tabs'));
    this.list.addEventListener('click', (event) => this.clicked(event));
    this.list.addEventListener('keydown', (event) => this.moved(event));
    this.status = document.createElement('span');
    this.status.className = 'end';
    this.aloud = document.createElement('span'); // a live region of its own, because the status changes with each key
    this.aloud.className = 'vh';
    this.aloud.setAttribute('role', 'status');
    this.more = this.button('+', 'more', () => this.another());
    this.less = this.button('×', 'less', () => this.closeTab(this.current));
    const find = this.button(this.words('find'), 'findTitle', () => this.find());
    find.setAttribute('aria-keyshortcuts', 'Control+Shift+F');
    const splitter = this.sides.button(this.button(this.words('split'), 'splitTitle', () => this.toggleSplit()));
    const full = this.button(this.words('full'), 'fullTitle', () => this.toggleFull());
    const leave = this.button(this.words('leaveFull'), 'leaveFullTitle', () => this.toggleFull());
    this.showFull = () => {
      const isFull = document.body.dataset.full === '';
      full.ariaPressed = String(isFull);
      leave.hidden = !isFull;
    };
    this.showFull();
    this.watch = new MutationObserver(this.showFull); // a key of labs/panes goes back too
    this.watch.observe(document.body, { attributeFilter: ['data-full'] });
    full.hidden = !this.closest('.lab'); // elsewhere there is nothing beside the terminals
    full.setAttribute('aria-keyshortcuts', 'Alt+Shift+Enter');
    const { preferences } = this;
    const tools = document.createElement('div');
    tools.className = 'shell-tools';
    tools.append(
      this.status, this.aloud, this.more, this.less, ...preferences.sizeButtons(), find, splitter, full, leave, preferences.readerButton(), preferences.colourList(),
    );
    bar.append(this.list, tools);
    this.hint = document.createElement('p');
    this.hint.className = 'shell-hint';
    this.hint.id = 'terminal-hint';
    this.hint.textContent = this.words('hint');
    this.append(bar, this.sides.element, this.hint);
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
    tab.dataset.node = node.name;
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
    this.sides.element.append(panel); // until a side shows it
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
      this.closeTab(this.current);
      this.current.focus();
    }
  }

  // -- which terminal is shown

  pick(tab) {
    this.sides.show(tab);
    // A terminal connects when it is first shown: a lab of ten nodes does not need ten connections.
    tab.screen ??= new Screen(this, tab.panel, {
      gateway: this.dataset.gateway, tokenUrl: this.dataset.tokenUrl, node: tab.node.name, name: tab.number, typeable: tab.node.typeable,
      fontSize: this.preferences.fontSize, readAloud: this.preferences.readAloud,
    });
    tab.screen.fit();
    this.sides.turnTo(this.sides.at);
  }

  // Called when another tab or another side has become the current one.
  turned() {
    const { current: tab, shown, isSplit } = this.sides;
    this.list.ariaMultiSelectable = isSplit ? 'true' : null;
    for (const other of this.tabs) {
      other.setAttribute('aria-selected', String(shown.includes(other)));
      other.tabIndex = other === tab ? 0 : -1;
      other.classList.toggle('beside', other !== tab && shown.includes(other));
    }
    this.tell(tab.screen);
    if (this.search && tab.screen.has(() => this.turned())) this.search.moveTo(tab.screen);
    const open = this.tabs.filter((other) => other.node === tab.node).length;
    this.more.disabled = open >= PER_NODE || !tab.node.typeable;
    this.less.hidden = tab.number === '1' || open !== Number(tab.number);
    this.remember();
    document.dispatchEvent(new CustomEvent('vaka:at'));
  }

  // The Escape key stays with the shell, which it would not in the browser's own full screen.
  toggleFull() {
    document.body.toggleAttribute('data-full');
    this.current?.screen.focus();
  }

  toggleSplit() {
    if (this.sides.isSplit) this.sides.unite();
    else this.divide(this.otherTab() ?? this.add(this.current.node));
  }

  divide(tab) {
    this.sides.divide(() => this.pick(tab));
  }

  // Returns the next tab or the one before, preferably of another node.
  otherTab() {
    const at = this.tabs.indexOf(this.current);
    const rest = [...this.tabs.slice(at + 1), ...this.tabs.slice(0, at).reverse()];
    return rest.find((tab) => tab.node !== this.current.node) ?? rest[0];
  }

  another() {
    const tab = this.add(this.current.node);
    this.pick(tab);
    tab.screen.focus();
  }

  // The shell keeps running: a terminal that is opened again finds it as it was.
  closeTab(tab) {
    const at = this.tabs.indexOf(tab);
    tab.screen?.close();
    tab.panel.remove();
    tab.remove();
    this.tabs.splice(at, 1);
    const next = [...this.tabs.slice(0, at).reverse(), ...this.tabs.slice(at)].find((other) => !this.sides.shown.includes(other));
    if (next) this.pick(next);
    else this.sides.leave();
    this.current.screen.focus();
  }

  remember() {
    const [one, other] = this.sides.shown;
    const counts = { at: one.id, beside: other?.id };
    for (const { name } of this.nodes) counts[name] = this.tabs.filter((tab) => tab.node.name === name).length;
    store(sessionStorage, this.kept, counts);
  }

  tell(screen) {
    if (this.current?.panel !== screen.panel || !screen.word) return;
    this.status.textContent = screen.word;
    this.aloud.textContent = screen.connection.isBehind ? screen.word : '';
  }

  leave() {
    this.current.focus();
  }

  // -- search

  shortcut(event) {
    if (event.code !== 'KeyF' || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.find();
  }

  async find() {
    const { SearchBar } = await import('labs/terminal-search');
    await this.current?.screen.ready;
    if (!this.tabs) return; // removed meanwhile
    if (!this.search) {
      this.search = new SearchBar(this);
      this.bar.after(this.search.bar);
    }
    this.search.open(this.current.screen);
  }

  // -- preferences

  set(options) {
    for (const tab of this.tabs) tab.screen?.set(options);
  }

  predict() {
    for (const tab of this.tabs) tab.screen?.predict();
  }

  // The colours themselves are in terminal.css.
  applyColours() {
    this.bar.dataset.colours = this.preferences.colours;
    for (const tab of this.tabs) tab.screen?.applyColours();
    this.search?.applyColours();
  }

  // -- requests from elsewhere on the page

  followLink(event) {
    const link = event.target.closest?.('a[href^="#t-"]:not([role=tab])');
    const tab = link && this.tabs.find((other) => other.getAttribute('href') === link.getAttribute('href'));
    if (!tab) return;
    event.preventDefault();
    this.pick(tab);
    tab.screen.focus();
    tab.panel.scrollIntoView({ block: 'nearest' });
  }

  // A reset of nodes has ended their shells; that was not what their learner wanted to end.
  openAgain() {
    for (const { screen } of this.tabs) if (screen?.connection.state === 'ended') screen.connection.call();
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
