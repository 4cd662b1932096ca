// One terminal on the page: xterm.js, its connection, and the state of the connection in words.
import { Connection } from 'labs/terminal-connection';
import { load, store } from 'labs/browser-storage';
import { Slowness } from 'labs/terminal-slowness';
import { WaitingKeys } from 'labs/terminal-waiting-keys';

const SIZE = 'vaka:terminal-rows'; // of the last terminal in this tab: [rows, columns]

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

// `home` is the <lab-terminals>: it has words(name, values), tell(screen) and leave().
export class Screen {
  constructor(home, panel, { gateway, tokenUrl, node, name, typeable, fontSize, readAloud }) {
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
    if (typeable && matchMedia('(pointer: coarse)').matches) this.addKeys();
    this.connection = new Connection(this, { gateway, tokenUrl, node, terminal: name, mode: typeable ? 'control' : 'view' });
    this.connection.size = load(sessionStorage, SIZE, this.connection.size);
    this.waiting = []; // what is to be done once there is a terminal
    this.slowness = new Slowness();
    this.keys = new WaitingKeys(() => this.state(this.connection.state, this.told)); // typed while it connects
    this.connection.call();
    this.ready = this.start(fontSize, readAloud).catch(() => this.state('closed')); // xterm.js did not come: reload the page
  }

  // xterm.js is most of what the page loads. The connection is made meanwhile.
  async start(fontSize, readAloud) {
    const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit'), this.home.styled]);
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
    // xterm.js does not draw while nobody sees it, and takes a change of size for the old one then: its last rows could not be reached.
    // It has an observer of its own, which is older and so is called first.
    this.visibility = new IntersectionObserver((changes) => {
      this.isUnseen = !changes.at(-1).isIntersecting;
      this.fit();
    });
    this.visibility.observe(this.host.querySelector('.xterm-screen'));
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

  // What was sent before this mark has had its effect, and its output has arrived.
  settled(mark) {
    this.term?.write('', () => this.prediction?.answered(mark)); // once that output is drawn
  }

  // The connection has answered after `roundTrip` ms.
  answered(roundTrip) {
    this.slowness.answered(roundTrip);
    this.predict();
    if (this.slowness.isDoubtful) this.connection.ask(); // to know it soon
  }

  // On a slow connection what is typed is shown before its echo, if the learner likes that.
  async predict() {
    const module = this.slowness.isSlow && this.typeable ? import('labs/terminal-prediction').catch(() => ({})) : {};
    const { Prediction, isWanted, offer } = await module;
    if (Prediction && this.term && !this.isClosed) {
      offer(this.home, () => this.home.predict());
      if (isWanted()) {
        this.prediction ??= new Prediction(this);
        return;
      }
    }
    this.prediction?.close();
    this.prediction = undefined;
  }

  state(state, told = {}) {
    const { sentence = '', seconds = 0, echo } = told;
    this.told = told;
    if (echo !== undefined) this.echo = echo;
    if (state === 'closed') this.keys.forget();
    const { words } = this.home;
    const keys = () => (this.keys.areLost ? ` ${words('keysLost')}` : this.keys.count ? ` ${words('keysWait')}` : '');
    const dropped = () => `${sentence || words('dropped')} ${words('retry', { seconds })}${keys()}`;
    this.word = {
      calling: () => `${words('calling')}${keys()}`,
      linked: () => this.linkedWord(),
      silent: () => words('silent'),
      dropped,
      ended: () => words('ended'),
      closed: () => words('closed'),
    }[state]();
    const notice = { dropped, ended: () => words('endedNotice'), closed: () => sentence || words('closedNotice') }[state]?.();
    if (state !== 'calling') this.say(notice ?? '', state);
    if (notice) this.prediction?.drop();
    if (state === 'linked') this.sendWaiting();
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
    const { connection } = this;
    if (connection.send(data)) this.prediction?.sent(data, connection.mark());
    else if (connection.state === 'calling' || connection.state === 'dropped') {
      this.keys.keep(data);
      this.state(connection.state, this.told);
    }
  }

  // What was typed while it connected, or the words that it was not sent
  sendWaiting() {
    if (this.keys.areLost) this.advise('keysLost');
    for (const keys of this.keys.take()) this.send(keys);
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

  // Types a command of the page, as soon as the shell waits for one.
  async type(text) {
    if (!this.typeable) return;
    const { typeCommand } = await import('labs/terminal-commands');
    typeCommand(this, text);
  }

  advise(word) {
    this.said.textContent = this.home.words(word);
    this.again.hidden = true;
    this.notice.hidden = false;
    this.fit();
  }

  async addKeys() {
    const { keyRow } = await import('labs/terminal-keys');
    if (!this.isClosed) this.panel.append(keyRow(this));
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
    if (!this.isUnseen && this.host.clientWidth && this.host.clientHeight) this.fitter?.fit();
  }

  focus() {
    const before = document.activeElement;
    if (this.has(() => { if (document.activeElement === before) this.focus(); })) this.term.focus();
  }

  close() {
    this.observer?.disconnect();
    this.visibility?.disconnect();
    clearTimeout(this.resizing);
    clearTimeout(this.typing);
    this.keys.forget();
    this.connection.hangUp();
    this.prediction?.close();
    this.isClosed = true;
    this.term?.dispose();
  }
}
