// The connection between one terminal on the page and its shell: token, WebSocket, acknowledgements, and reconnecting.

const DELAYS = [1, 2, 3, 5, 8, 13]; // seconds before the next attempt to connect
const ACK_EVERY = 16 * 1024;        // bytes drawn; fewer are acknowledged after ACK_AFTER
const ACK_AFTER = 150;              // ms
const LOOK_EVERY = 1000;            // ms between two checks how long nothing has arrived
const PING_AFTER = 2000;            // ms without any message after which we ask
const SILENT = 4000;                // ms without any message although we have asked: the page says so
const DEAD = 25_000;                // ms: the connection is given up
const CHANCE = 3000;                // ms to answer, after a time without a server, before a new connection is made
const BEHIND = { bytes: 48 * 1024, ms: 2000 }; // undrawn output, or the delay of a pong: more than one of these is far behind
const LEVEL = { bytes: 8 * 1024, ms: 1000 };   // less than both is no longer behind
const ASK_EVERY = 1000;             // ms between two pings while output arrives
const ALONE = 1000;                 // ms without a key before the one whose echo is measured
const ECHO = { bytes: 64, ms: 10_000 }; // an echo is not longer, and does not take longer
const LETTER = /^[ -~]$/;           // only what is printed has an echo that can be told from other output
const AT_ONCE = 16 * 1024;          // bytes of input in a frame; the gateway accepts 64 KB
const FINAL = new Set([1000, 4400, 4403, 4404, 4429]); // close codes after which reconnecting does not help

const encoder = new TextEncoder();

function csrfToken() {
  // As in web/sending, which this module does not wait for. The cookie first: the form may be older than the last sign-in
  const cookie = document.cookie.split('; ').find((part) => part.startsWith('csrftoken='));
  return cookie?.slice('csrftoken='.length) ?? document.querySelector('input[name=csrfmiddlewaretoken]')?.value ?? '';
}

class NoToken extends Error {
  constructor(sentence, final) {
    super(sentence);
    this.final = final;
  }
}

// Calls `owner`: opened({replay, mode}), output(bytes, drawn), lost(n), answered(roundTrip), settled(mark), state(name, {sentence, seconds, echo}).
// It may read isBehind.
// States: calling, linked, silent (no answer, but not given up yet), dropped (it reconnects in `seconds`), ended (the shell has),
// closed (it does not reconnect).
export class Connection {
  constructor(owner, { gateway, tokenUrl, node, terminal, mode }) {
    Object.assign(this, { owner, gateway, tokenUrl, node, terminal, mode });
    this.size = [24, 80];
    this.tries = 0;
    this.echoes = [];
    this.marks = 0;
    this.wake = () => { if (this.state === 'dropped' && !document.hidden) this.call(); };
    this.back = () => this.lookAgain();
    addEventListener('online', this.wake);
    document.addEventListener('vaka:online', this.back);
    document.addEventListener('visibilitychange', this.wake);
  }

  async call() {
    if (this.state === 'calling' || this.state === 'linked' || this.state === 'silent') return;
    this.clear();
    this.tell('calling');
    const socket = this.connect();
    try {
      const [token] = await Promise.all([this.token(), socket.isOpen]);
      if (socket === this.socket) this.say({ token, rows: this.size[0], cols: this.size[1] });
    } catch (error) {
      if (socket !== this.socket) return; // it was closed meanwhile, and the next call is planned
      this.letGo();
      if (error.final) this.tell('closed', { sentence: error.message });
      else this.tryAgain(error instanceof NoToken ? error.message : '');
    }
  }

  async token() {
    const answer = await fetch(this.tokenUrl, {
      method: 'POST',
      headers: { 'X-CSRFToken': csrfToken(), Accept: 'application/json' },
      body: new URLSearchParams({ node: this.node, terminal: this.terminal, mode: this.mode }),
      signal: AbortSignal.timeout(10_000),
    });
    const json = answer.headers.get('content-type')?.startsWith('application/json') ? await answer.json() : {};
    if (json.token) return json.token;
    throw new NoToken(json.error ?? '', answer.status < 500); // a page instead of a token: signed out, or the lab has ended
  }

  // The socket opens while the token is on its way: on a slow link each of them takes a second.
  connect() {
    const socket = new WebSocket(this.gateway);
    socket.binaryType = 'arraybuffer';
    socket.isOpen = new Promise((resolve) => { socket.onopen = resolve; });
    this.socket = socket;
    this.sentence = '';
    this.received = this.drawn = this.acked = 0;
    this.asked = this.answered = this.lag = 0;
    socket.onmessage = ({ data }) => {
      this.heard = performance.now();
      if (this.state === 'silent') this.tell('linked');
      if (typeof data === 'string') this.hear(JSON.parse(data));
      else this.receive(new Uint8Array(data));
    };
    socket.onclose = ({ code }) => { if (socket === this.socket) this.dropped(code); };
    return socket;
  }

  hear(said) {
    if (said.opened) this.opened(said);
    if ('exited' in said) this.exited = true;
    if ('lost' in said) this.owner.lost(said.lost);
    if ('closed' in said) this.sentence = said.closed;
    if ('pong' in said) this.pong();
    if ('settled' in said) this.owner.settled(said.settled);
  }

  opened(said) {
    this.tries = 0;
    this.exited = false;
    this.owner.opened(said);
    this.tell('linked');
    this.say({ resize: this.size });
    this.heard = performance.now();
    this.pinging = setInterval(() => this.lookAfter(), LOOK_EVERY);
  }

  receive(bytes) {
    this.received += bytes.length;
    if (this.isEcho(bytes)) {
      this.echoes = [...this.echoes.slice(-4), this.heard - this.typed.at];
      this.typed = undefined;
      const sorted = [...this.echoes].sort((a, b) => a - b);
      this.tell('linked', { echo: Math.round(sorted[sorted.length >> 1]) });
    }
    if (this.heard - this.answered > ASK_EVERY) this.ask();
    this.judge();
    const socket = this.socket;
    this.owner.output(bytes, () => { if (socket === this.socket) this.drew(bytes.length); });
  }

  isEcho(bytes) {
    if (!this.typed) return false;
    if (this.heard - this.typed.at > ECHO.ms) this.typed = undefined;
    return this.typed && bytes.length <= ECHO.bytes && bytes.includes(this.typed.byte);
  }

  drew(bytes) {
    this.drawn += bytes;
    this.judge();
    if (this.drawn - this.acked >= ACK_EVERY) this.acknowledge();
    else this.acking ??= setTimeout(() => this.acknowledge(), ACK_AFTER);
  }

  acknowledge() {
    clearTimeout(this.acking);
    this.acking = undefined;
    this.acked = this.drawn;
    this.say({ ack: this.drawn });
  }

  lookAfter() {
    const silent = performance.now() - this.heard;
    if (silent > DEAD) this.giveUp();
    else if (silent > PING_AFTER) this.ask();
    if (this.state === 'linked' && silent > SILENT) this.tell('silent');
  }

  // A dead connection is not closed in an orderly way: that would take the browser another minute.
  giveUp() {
    const { socket } = this;
    if (!socket) return;
    this.dropped();
    socket.close();
  }

  // There is a server again. The previous connection has a moment to show that it lives.
  lookAgain() {
    if (this.state === 'dropped') this.call();
    if (this.state !== 'linked' && this.state !== 'silent') return;
    const { socket } = this;
    const since = performance.now();
    this.asked = 0;
    this.ask();
    setTimeout(() => {
      if (socket !== this.socket || this.heard > since) return;
      this.giveUp();
      this.call();
    }, CHANCE);
  }

  // -- how far the display is behind: a slow link delays output, and the pong arrives after it

  ask() {
    if (this.asked) return;
    this.asked = performance.now();
    this.say({ ping: Math.round(this.asked) });
  }

  // Sends a mark and returns its number. Its answer means that what was sent before has had its effect.
  mark() {
    this.marks += 1;
    this.say({ mark: this.marks });
    return this.marks;
  }

  pong() {
    if (this.asked) {
      this.lag = this.heard - this.asked;
      this.answered = this.heard;
      this.asked = 0;
      this.owner.answered(this.lag);
    }
    this.judge();
    if (this.isBehind) this.ask(); // or nothing may arrive that shows that it has caught up
  }

  judge() {
    const lag = this.asked ? Math.max(this.lag, this.heard - this.asked) : this.lag;
    const waiting = this.received - this.drawn;
    const far = waiting > BEHIND.bytes || lag > BEHIND.ms;
    const level = waiting < LEVEL.bytes && lag < LEVEL.ms;
    if (this.isBehind ? !level : !far) return;
    this.isBehind = !this.isBehind;
    if (this.state === 'linked') this.tell('linked');
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // Sends input, as text or as bytes, and returns whether it did. Without a connection its owner keeps it for a while, or says that it is
  // lost.
  send(keys) {
    if (this.state !== 'linked' && this.state !== 'silent') return false;
    const bytes = typeof keys === 'string' ? encoder.encode(keys) : keys;
    for (let at = 0; at < bytes.length; at += AT_ONCE) this.socket.send(bytes.subarray(at, at + AT_ONCE));
    this.measure(keys, bytes[0]);
    return true;
  }

  // The echo of a letter is measured if nothing else was typed shortly before: the program may still be busy with that. While its echo
  // is awaited, other letters change nothing, but the same one, or a key that is no letter, does.
  measure(keys, byte) {
    const now = performance.now();
    const isLetter = LETTER.test(keys);
    if (!isLetter || byte === this.typed?.byte) this.typed = undefined;
    else if (now - (this.sentAt ?? -Infinity) > ALONE) this.typed = { at: now, byte };
    this.sentAt = now;
  }

  resize(rows, cols) {
    this.size = [rows, cols];
    if (this.state === 'linked' || this.state === 'silent') this.say({ resize: this.size });
  }

  dropped(code) {
    this.clear();
    this.socket = undefined;
    if (this.exited) this.tell('ended');
    else if (FINAL.has(code)) this.tell('closed', { sentence: this.sentence });
    else this.tryAgain(this.sentence);
  }

  tryAgain(sentence) {
    let seconds = DELAYS[Math.min(this.tries++, DELAYS.length - 1)];
    const count = () => {
      if (seconds <= 0) { this.call(); return; }
      this.tell('dropped', { sentence, seconds });
      seconds -= 1;
      // After a restart of the gateway a whole class reconnects. The random delay spreads this out.
      this.waiting = setTimeout(count, 1000 + Math.random() * 200);
    };
    count();
  }

  tell(state, detail = {}) {
    this.state = state;
    this.owner.state(state, detail);
  }

  clear() {
    clearTimeout(this.waiting);
    clearTimeout(this.acking);
    clearInterval(this.pinging);
    this.acking = undefined;
    this.typed = undefined;
    this.isBehind = false;
    this.state = undefined;
  }

  hangUp() {
    this.hungUp = true;
    removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    document.removeEventListener('vaka:online', this.back);
    this.letGo();
    this.clear();
  }

  letGo() {
    const { socket } = this;
    this.socket = undefined;
    // To close a socket that is still connecting is an error on the console
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
  }
}
