// One terminal on the page: xterm.js, its connection, the state of the connection in words, and a row of keys for touch screens.
import 'labs/terminal-styles';
import { Connection } from 'labs/terminal-connection';
import { load, store } from 'labs/terminal-preferences';

const WAITS_FOR_PROMPT = 1500; // ms
const SIZE = 'vaka:terminal-rows'; // of the last terminal in this tab: [rows, columns]
const SLOW = 100; // ms of a round trip: what is typed is shown before its echo arrives
const ARROWS = { up: 'A', down: 'B', right: 'C', left: 'D' };
const ROW = [
  ['Esc', '\x1b', 'escape'], ['Tab', '\t', 'tab'], ['Ctrl', null, 'ctrl'], ['^C', '\x03', 'interrupt'],
  ['←', 'left', 'left'], ['↑', 'up', 'up'], ['↓', 'down', 'down'], ['→', 'right', 'right'],
  ['|', '|', 'pipe'], ['/', '/', 'slash'], [':', ':', 'colon'], ['-', '-', 'dash'], ['?', '?', 'question'],
];

function element(name, className, text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// The colours of terminal.css. xterm.js adjusts the colours of programs until they have enough contrast with the background.
function themeOf(home) {
  const style = getComputedStyle(home);
  const colour = (name) => style.getPropertyValue(name).trim();
  const front = colour('--term-fg');
  const theme = { background: colour('--term'), foreground: front, cursor: front, cursorAccent: colour('--term') };
  theme.selectionBackground = theme.selectionInactiveBackground = colour('--term-pick');
  return { theme, minimumContrastRatio: home.preferences.colours === 'contrast' ? 7 : 4.5 };
}

// Returns what vtysh understands of a command for the shell; empty if it is for the shell alone.
const inVtysh = (text) => (text.startsWith('show ') ? text : /^vtysh -c (['"])([^'"]+)\1$/.exec(text)?.[2] ?? '');

// Returns the prompt of a shell or of vtysh at the beginning of a line; undefined if there is none.
export const promptOf = (line) => (/^\S+@\S+:\S*[#$] /.exec(line) ?? /^[\w.-]+(\([\w-]+\))?[#>] /.exec(line))?.[0];

// `home` is the <lab-terminals>: it has words(name, values), tell(screen) and leave().
export class Screen {
  constructor(home, panel, { tokenUrl, node, name, typeable, fontSize, readAloud }) {
    Object.assign(this, { home, panel, node, name, typeable });
    this.label = home.words(typeable ? 'name' : 'nameView', { node, terminal: name });
    this.host = element('div', 'shell');
    this.notice = element('p', 'shell-notice');
    this.notice.setAttribute('role', 'status');
    this.notice.hidden = true;
    this.said = element('span');
    this.again = element('button', 'btn', home.words('again'));
    this.again.type = 'button';
    this.again.addEventListener('click', () => { this.connection.call(); this.focus(); });
    this.notice.append(this.said, ' ', this.again);
    panel.append(this.host, this.notice);
    if (typeable) panel.append(this.keyRow());
    this.connection = new Connection(this, { tokenUrl, node, terminal: name, mode: typeable ? 'control' : 'view' });
    this.connection.size = load(sessionStorage, SIZE, this.connection.size);
    this.waiting = []; // what is to be done once there is a terminal
    this.connection.call();
    this.ready = this.start(fontSize, readAloud).catch(() => this.state('closed')); // xterm.js did not come: reload the page
  }

  // xterm.js is most of what the page loads. The connection is made meanwhile.
  async start(fontSize, readAloud) {
    const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit')]);
    if (this.isClosed) return;
    const term = new Terminal({
      fontSize, screenReaderMode: readAloud, disableStdin: !this.typeable, cursorBlink: false, scrollback: 5000,
      fontFamily: getComputedStyle(this.home).getPropertyValue('--mono') || 'monospace',
      ...themeOf(this.home), macOptionIsMeta: true,
      allowProposedApi: true, // search results are marked with decorations
    });
    this.term = term;
    this.fitter = new FitAddon();
    term.loadAddon(this.fitter);
    // The output of a lab is not trusted: it may not write to the clipboard, or show a link whose text hides its address.
    for (const code of [8, 52]) term.parser.registerOscHandler(code, () => true);
    term.attachCustomKeyEventHandler((event) => this.key(event));
    term.onData((data) => this.typed(data));
    term.onBinary((data) => this.typed(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    term.onResize(({ rows, cols }) => {
      clearTimeout(this.resizing);
      this.connection.size = [rows, cols];
      store(sessionStorage, SIZE, [rows, cols]);
      this.resizing = setTimeout(() => this.connection.resize(rows, cols), 80);
      this.prediction?.drop();
    });
    term.open(this.host);
    term.textarea.setAttribute('aria-label', this.label);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.host);
    this.fit();
    if (this.connection.size.join() !== `${term.rows},${term.cols}`) this.connection.resize(term.rows, term.cols);
    for (const act of this.waiting.splice(0)) act();
    if (this.connection.state === 'linked') this.state('linked');
  }

  // Returns whether there is a terminal. If not, it does this again when there is one.
  has(act) {
    if (!this.term) this.waiting.push(act);
    return Boolean(this.term);
  }

  // -- called by the connection

  opened(said) {
    if (!this.has(() => this.opened(said))) return;
    this.term.reset();
    this.prediction?.drop();
    this.replaying = said.replay ?? 0;
  }

  output(bytes, drawn) {
    if (!this.has(() => this.output(bytes, drawn))) return;
    this.term.write(bytes, () => {
      this.replaying = Math.max(0, this.replaying - bytes.length);
      drawn();
    });
  }

  lost(bytes) {
    if (!this.has(() => this.lost(bytes))) return;
    this.term.write(`\r\n\x1b[7m ${this.home.words('lost', { bytes })} \x1b[0m\r\n`);
  }

  // A mark that was sent has been answered after `roundTrip` ms.
  answered(mark, roundTrip) {
    this.prediction?.answered(mark);
    this.isSlow = roundTrip > (this.isSlow ? SLOW / 2 : SLOW);
    this.predict();
  }

  // Whether predictions are shown depends on the connection and on the learner's choice.
  async predict() {
    const { preferences } = this.home;
    if (this.isSlow && this.typeable) preferences.offerPrediction();
    const wanted = this.isSlow && this.typeable && preferences.predicts;
    if (!wanted) {
      this.prediction?.close();
      this.prediction = undefined;
      return;
    }
    const { Prediction } = await import('labs/terminal-prediction');
    if (this.isSlow && this.term && !this.isClosed) this.prediction ??= new Prediction(this);
  }

  state(state, { sentence = '', seconds = 0, echo } = {}) {
    if (echo !== undefined) this.echo = echo;
    const { words } = this.home;
    const dropped = () => `${sentence || words('dropped')} ${words('retry', { seconds })}`;
    this.word = {
      calling: () => words('calling'),
      linked: () => this.linkedWord(),
      silent: () => words('silent'),
      dropped,
      ended: () => words('ended'),
      closed: () => words('closed'),
    }[state]();
    const notice = { dropped, ended: () => words('endedNotice'), closed: () => sentence || words('closedNotice') }[state]?.();
    if (state !== 'calling') this.say(notice ?? '', state);
    if (notice) this.prediction?.drop();
    this.panel.dataset.line = state;
    this.home.tell(this);
  }

  linkedWord() {
    if (!this.term) return this.home.words('calling'); // nobody can type yet
    if (this.connection.isBehind) return this.home.words('behind');
    return this.echo === undefined ? this.home.words('linked') : this.home.words('linkedEcho', { ms: this.echo });
  }

  // A countdown is shown each second, but announced only once.
  say(notice, state) {
    this.notice.setAttribute('aria-live', this.saidOf === state ? 'off' : 'polite');
    this.saidOf = state;
    this.said.textContent = notice;
    this.notice.hidden = !notice;
    this.again.hidden = false;
    this.fit();
  }

  // -- input of the learner

  typed(data) {
    if (!this.typeable) return;
    if (this.again.hidden) this.say('', this.connection.state); // the advice is taken
    // Replayed output may contain queries to the terminal, whose answers would reach the shell as if typed. Each begins with Escape.
    if (this.replaying > 0 && (typeof data !== 'string' || data.startsWith('\x1b'))) return;
    if (this.connection.state === 'ended') {
      if (data === '\r') this.connection.call();
      return;
    }
    if (this.sticky?.ariaPressed === 'true' && typeof data === 'string' && /^[a-z@[\\\]^_]$/i.test(data)) {
      this.sticky.ariaPressed = 'false';
      data = String.fromCharCode(data.toUpperCase().charCodeAt(0) & 0x1f);
    }
    this.send(data);
  }

  send(data) {
    if (this.connection.send(data) && this.prediction) this.prediction.sent(data, this.connection.mark());
  }

  key(event) {
    const held = (event.ctrlKey || event.metaKey) && event.shiftKey;
    if (!held || event.type !== 'keydown') return true;
    if (event.code === 'KeyC') {
      event.preventDefault(); // or the browser opens its developer tools
      this.copy();
      return false;
    }
    if (event.code === 'KeyV') return false; // the browser pastes, with or without HTTPS
    if (event.code === 'KeyF') return false; // <lab-terminals> opens the search
    if (this.home.sides.isSplit && (event.code === 'ArrowLeft' || event.code === 'ArrowRight')) {
      event.preventDefault();
      this.home.sides.turn(event.code);
      return false;
    }
    if (event.code === 'ArrowUp') {
      event.preventDefault();
      this.home.leave();
      return false;
    }
    return true;
  }

  // Without HTTPS a page has no navigator.clipboard. Then the text is copied from a field in which it is selected.
  async copy() {
    const text = this.term.getSelection();
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = element('textarea', 'vh');
      field.value = text;
      this.panel.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
      this.focus();
    }
  }

  // Types a command of the page once the shell waits for one. If something else runs here, it says what to do first.
  type(text) {
    if (!this.typeable) return;
    clearTimeout(this.typing);
    const until = performance.now() + WAITS_FOR_PROMPT;
    const look = () => {
      const what = this.term && this.connection.state === 'linked' && !this.replaying ? this.foreground() : 'nothing';
      const understood = what === 'shell' ? text : what === 'vtysh' && inVtysh(text);
      if (understood) this.send(`${understood.replaceAll(/\r?\n/g, '\r')}\r`);
      else if (performance.now() < until || !this.term || this.connection.state === 'calling') this.typing = setTimeout(look, 100);
      else this.advise(what);
    };
    look();
  }

  // What waits for keys here, by what the line of the cursor shows: shell, vtysh, half (a line that was begun), or program.
  foreground() {
    const { active } = this.term.buffer;
    if (active.type === 'alternate') return 'program';
    const line = active.getLine(active.baseY + active.cursorY)?.translateToString(false, 0, active.cursorX) ?? '';
    const prompt = promptOf(line);
    if (!prompt) return 'program';
    if (line.length > prompt.length) return 'half';
    return prompt.includes('@') ? 'shell' : 'vtysh';
  }

  advise(what) {
    const advice = this.home.words(`first-${what}`);
    this.said.textContent = advice;
    this.again.hidden = true;
    this.notice.hidden = false;
    this.fit();
  }

  keyRow() {
    const row = element('div', 'shell-keys');
    row.setAttribute('role', 'group');
    row.setAttribute('aria-label', this.home.words('keys'));
    for (const [shown, keys, word] of ROW) {
      const button = element('button', '', shown);
      button.type = 'button';
      button.setAttribute('aria-label', this.home.words(`key-${word}`));
      button.addEventListener('pointerdown', (event) => event.preventDefault()); // the terminal keeps the focus, and a phone its keyboard
      if (keys === null) {
        this.sticky = button;
        button.ariaPressed = 'false';
      }
      button.addEventListener('click', () => this.pressed(keys));
      row.append(button);
    }
    return row;
  }

  pressed(keys) {
    if (keys === null) this.sticky.ariaPressed = String(this.sticky.ariaPressed !== 'true');
    else if (ARROWS[keys]) this.typed(`\x1b${this.term?.modes.applicationCursorKeysMode ? 'O' : '['}${ARROWS[keys]}`);
    else this.typed(keys);
    this.focus();
  }

  set(options) {
    if (!this.has(() => this.set(options))) return;
    Object.assign(this.term.options, options);
    this.fit();
  }

  applyColours() {
    if (!this.has(() => this.applyColours())) return;
    Object.assign(this.term.options, themeOf(this.home));
  }

  fit() {
    if (this.host.clientWidth && this.host.clientHeight) this.fitter?.fit();
  }

  focus() {
    const before = document.activeElement;
    if (this.has(() => { if (document.activeElement === before) this.focus(); })) this.term.focus();
  }

  close() {
    this.observer?.disconnect();
    clearTimeout(this.resizing);
    clearTimeout(this.typing);
    this.connection.hangUp();
    this.prediction?.close();
    this.isClosed = true;
    this.term?.dispose();
  }
}
