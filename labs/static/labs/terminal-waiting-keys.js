// What is typed into a terminal while it connects. It is kept for a short time and sent then; what would come too late, or is too long,
// is not sent at all: half a command is worse than none.

const LONGEST_WAIT = 15_000; // ms: later nobody expects it any more
const MOST = 1000;           // characters
const FOCUS = ['\x1b[I', '\x1b[O']; // what xterm.js reports by itself

// `lost` is called when keys that waited will not be sent.
export class WaitingKeys {
  constructor(lost) {
    Object.assign(this, { lost, kept: [], areLost: false });
  }

  get count() {
    return this.kept.reduce((sum, keys) => sum + keys.length, 0);
  }

  keep(keys) {
    if (this.areLost || FOCUS.includes(keys)) return;
    this.kept.push(keys);
    this.timer ??= setTimeout(() => this.lose(), LONGEST_WAIT);
    if (this.count > MOST) this.lose();
  }

  lose() {
    this.forget();
    this.areLost = true; // what is typed now would be the end of a command without its beginning
    this.lost();
  }

  // Returns what has waited, in order, now that the terminal is connected.
  take() {
    const { kept } = this;
    this.forget();
    return kept;
  }

  forget() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.kept = [];
    this.areLost = false;
  }
}
