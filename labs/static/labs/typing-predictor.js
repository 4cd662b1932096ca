// Predicts how a line of a terminal will look once the program there has echoed what was typed. Logic only: it knows no page and
// no xterm.js. The idea is mosh's (Winstein and Balakrishnan, “Mosh: An Interactive Remote Shell for Mobile Clients”, 2012).
//
// A line is {id, chars, at, prompt}: an identity that a new line does not share, one string for each character, the index of the
// cursor, and how many characters are the prompt of a shell that waits for a command (undefined if it is none that we know).
// Each key makes an edit: the line as it will be. An edit is confirmed when the terminal shows exactly that line. It is doubtful
// when the other end has answered everything up to its key, and the terminal still shows another one: then nothing is shown until
// the terminal proves an edit right (its echo was late), or everything is answered (what was predicted was wrong).
//
// A key whose effect is not known ends all predictions until it is answered and the learner pauses. They go on sooner if the next
// line is the prompt of a shell: it shows how much of what was typed since has been echoed. A key for a program that runs there,
// such as the q that leaves a pager, is one whose effect is not known.

const LONGEST = 200; // characters of a paste that are predicted
const LEFT = ['\x1b[D', '\x1bOD'];
const RIGHT = ['\x1b[C', '\x1bOC'];
const [PASTE, PASTED] = ['\x1b[200~', '\x1b[201~']; // around a paste (bracketed paste mode)
const ENTER = '\r';
const DELETE = '\x7f';
const NARROW = /^[\p{L}\p{N}\p{P}\p{S} ]$/u; // each of them one cell, if it is not WIDE
const WIDE = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$/u;

// Returns the cells of a character: 1 or 2, or 0 if we do not know.
export function cellsOf(char) {
  if (WIDE.test(char)) return 2;
  return NARROW.test(char) && !/\p{Extended_Pictographic}/u.test(char) ? 1 : 0;
}

function looksLike(one, other) {
  return one.at === other.at && one.chars.join('').trimEnd() === other.chars.join('').trimEnd();
}

export class Predictor {
  edits = []; // {line, mark, before}: not confirmed yet; `before` is what the terminal showed when the key was typed
  sent = 0; // the mark of the last key
  answered = 0; // the last mark that has been answered
  blocked = 0; // nothing is predicted until this mark is answered: the effect of its key is not known
  // {mark, keys: [{keys, mark}], isLine}: a key whose effect is not known, and what was typed for the line after it; with isLine
  // the key was Enter on a prompt, and nothing of what was typed before it is on that line
  ahead = null;
  isDoubtful = false; // a prediction was wrong on this line: it must prove itself, also on a prompt

  // The line as it will be, once it may be shown: on a prompt at once, elsewhere when this line has echoed what was typed.
  get shown() {
    return this.edits.length && this.isTrusted ? this.edits.at(-1).line : null;
  }

  get isTrusted() {
    return this.isProven || (this.line?.prompt !== undefined && !this.isDoubtful);
  }

  // `keys` were sent, and `mark` after them. `seen` is the line that the terminal shows; null if a program repaints the screen.
  typed(keys, seen, mark) {
    this.look(seen);
    this.sent = mark;
    const isKnown = this.answered >= this.blocked && seen;
    if (isKnown && !this.edits.length) this.floor = Math.min(seen.prompt ?? this.floor ?? seen.at, seen.at);
    const edited = isKnown && this.predict(this.edits.at(-1)?.line ?? seen, keys);
    if (edited) {
      this.edits.push({ line: edited, mark, before: seen });
      this.ahead = null;
      return;
    }
    const isOnPrompt = seen?.prompt !== undefined; // and not for a program
    if (this.ahead && isOnPrompt && this.canEdit(keys, seen)) this.ahead.keys.push({ keys, mark });
    else this.ahead = { mark, keys: [], isLine: isOnPrompt && keys === ENTER };
    this.blocked = mark;
  }

  canEdit(keys, seen) {
    const isMove = keys === DELETE || LEFT.includes(keys) || RIGHT.includes(keys);
    return isMove || this.predict({ chars: [], at: 0, takesMarks: seen?.takesMarks }, keys) !== null;
  }

  // Who types on after Enter types on the prompt that comes. When it is there, it shows how much of that has been echoed.
  catchUp(seen) {
    if (!this.ahead || this.answered < this.ahead.mark || seen?.prompt === undefined) return;
    let line = { ...seen, chars: seen.chars.slice(0, seen.prompt), at: seen.prompt };
    const lines = [line];
    this.floor = seen.prompt;
    for (const { keys } of this.ahead.keys) {
      line = line && this.predict(line, keys);
      lines.push(line);
    }
    const echoed = lines.flatMap((one, index) => (one && looksLike(one, seen) ? [index] : []));
    if (echoed.length !== 1 || !line || (echoed[0] && !this.ahead.isLine)) return;
    this.edits = this.ahead.keys.map(({ mark }, index) => ({ line: lines[index + 1], mark, before: seen })).slice(echoed[0]);
    this.blocked = 0;
    this.ahead = null;
  }

  // The terminal has drawn something.
  look(seen) {
    if (!seen || seen.id !== this.line?.id) {
      if (this.edits.length) {
        [this.edits, this.blocked] = [[], this.sent]; // what is under way has unknown effects
        this.ahead ??= { mark: this.sent, keys: [] };
      }
      this.isProven = this.isDoubtful = false;
      this.floor = undefined; // the first character that may be deleted
    }
    this.line = seen;
    // A program takes what was typed ahead
    if (this.ahead && (!seen || (seen.prompt === undefined && this.answered >= this.ahead.mark))) this.ahead = { mark: this.sent, keys: [] };
    this.catchUp(seen);
    // A line that looks as before may be the effect of two keys, or of none: only the answer tells
    const isDone = ({ line, mark, before }) => looksLike(line, seen) && (mark <= this.answered || !looksLike(before, seen));
    const confirmed = this.edits.findLastIndex(isDone);
    if (confirmed < 0) return;
    const { before } = this.edits[confirmed];
    this.isProven ||= !looksLike(before, seen);
    this.edits.splice(0, confirmed + 1);
  }

  // Everything up to `mark` was answered, and its output has been drawn.
  answer(mark, seen) {
    this.answered = Math.max(this.answered, mark);
    this.look(seen);
    if (!this.edits.length || this.edits[0].mark > this.answered) return;
    this.isProven = false;
    this.isDoubtful = true;
    if (this.sent <= this.answered) this.edits = [];
  }

  // Forgets what was predicted.
  drop() {
    this.edits = [];
    this.ahead = null;
    this.blocked = this.sent;
  }

  // -- what a key does to a line; null if that is not known

  predict(line, keys) {
    if (LEFT.includes(keys)) return line.at > this.floor ? { ...line, at: line.at - 1 } : null;
    if (RIGHT.includes(keys)) return line.at < line.chars.length ? { ...line, at: line.at + 1 } : null;
    const text = [...(keys.startsWith(PASTE) && keys.endsWith(PASTED) ? keys.slice(PASTE.length, -PASTED.length) : keys)];
    if (text.length > LONGEST) return null;
    return text.reduce((edited, char) => edited && this.predictChar(edited, char), line);
  }

  predictChar({ chars, at, ...rest }, char) {
    if (char === DELETE) return at > this.floor ? { ...rest, chars: chars.toSpliced(at - 1, 1), at: at - 1 } : null;
    // A question mark asks routers for help. A shell takes it as a letter
    if (!cellsOf(char) || (char === '?' && !rest.takesMarks)) return null;
    return { ...rest, chars: chars.toSpliced(at, 0, char), at: at + 1 };
  }
}

// Returns {char, cells, row, x} of each character of a line, and of the place after it; rows count from the line's first one.
export function layOut(chars, columns) {
  const places = [];
  let [row, x] = [0, 0];
  for (const char of [...chars, ' ']) {
    const cells = cellsOf(char) || 1;
    if (x + cells > columns) [row, x] = [row + 1, 0];
    places.push({ char, cells, row, x });
    x += cells;
  }
  return places;
}
