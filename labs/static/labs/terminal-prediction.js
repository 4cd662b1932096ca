// Shows what is typed into a terminal before a slow connection brings its echo: underlined, on a layer above xterm.js, until the
// terminal shows it itself. What will be shown is decided in labs/typing-predictor; this module reads the screen and draws.
import { promptOf } from 'labs/terminal-commands';
import { load, store } from 'labs/browser-storage';
import { Predictor, layOut } from 'labs/typing-predictor';

const CHOICE = 'vaka:terminal-predict';

// Adds the button to the bar of the <lab-terminals>, when one of their connections is slow for the first time. It calls `changed`.
export function offer(home, changed) {
  if (home.predictor) return;
  home.predictor = home.button(home.words('predict'), 'predictTitle', () => {
    store(localStorage, CHOICE, home.predictor.ariaPressed !== 'true');
    home.predictor.ariaPressed = String(isWanted());
    changed();
  });
  home.predictor.ariaPressed = String(isWanted());
  home.bar.querySelector('.shell-tools').prepend(home.predictor); // the tools end where the bar ends: at their begin it moves none
}

export const isWanted = () => load(localStorage, CHOICE, true);

// `screen` has term and connection.
export class Prediction {
  constructor(screen) {
    Object.assign(this, { screen, term: screen.term, predictor: new Predictor() });
    this.layer = document.createElement('div');
    this.layer.className = 'shell-predicted';
    this.layer.ariaHidden = 'true';
    this.term.element.querySelector('.xterm-screen').append(this.layer);
    this.rendered = this.term.onRender(() => this.look());
    this.predictor.blocked = this.predictor.sent = screen.connection.mark(); // what was typed before has unknown effects
  }

  sent(keys, mark) {
    this.predictor.typed(typeof keys === 'string' ? keys : '\0', this.line(), mark);
    this.draw();
  }

  answered(mark) {
    this.predictor.answer(mark, this.line());
    this.draw();
  }

  look() {
    this.predictor.look(this.line());
    this.draw();
  }

  // The connection was lost, or the size has changed.
  drop() {
    this.predictor.drop();
    this.draw();
  }

  close() {
    this.rendered.dispose();
    this.marker?.dispose();
    this.layer.remove();
  }

  // Returns the line of the cursor with all rows onto which it has wrapped, as the predictor wants it.
  line() {
    const { active } = this.term.buffer;
    if (active.type === 'alternate') return null;
    const cursor = active.baseY + active.cursorY;
    let first = cursor;
    while (first > 0 && active.getLine(first)?.isWrapped) first -= 1;
    if (this.marker?.line !== first) {
      this.marker?.dispose();
      this.marker = this.term.registerMarker(first - cursor);
    }
    const chars = [];
    let at;
    for (let row = first; row === first || active.getLine(row)?.isWrapped; row += 1) {
      const line = active.getLine(row);
      for (let x = 0; x < this.term.cols; x += 1) {
        if (row === cursor && x === active.cursorX) at = chars.length;
        const cell = line.getCell(x);
        const isGap = x === this.term.cols - 1 && !cell.getChars() && active.getLine(row + 1)?.isWrapped; // before a wide character
        if (cell.getWidth() && !isGap) chars.push(cell.getChars() || ' ');
      }
      if (row === cursor) at ??= chars.length;
    }
    while (chars.length > at && chars.at(-1) === ' ') chars.pop();
    const prompt = promptOf(chars.slice(0, at).join(''));
    return { id: this.marker?.id, chars, at, prompt: prompt?.length, takesMarks: prompt?.includes('@') };
  }

  // -- drawing

  draw() {
    const { active } = this.term.buffer;
    const { shown } = this.predictor;
    const isShown = shown && active.viewportY === active.baseY && this.marker.line >= active.baseY;
    this.layer.replaceChildren(...(isShown ? this.cells(shown, active) : []));
  }

  cells({ chars, at }, active) {
    const { cols, rows } = this.term;
    const top = this.marker.line - active.baseY;
    const places = layOut(chars, cols);
    const cells = [];
    places.forEach(({ char, cells: width, row, x }, index) => {
      const y = top + row;
      if (y >= rows) return; // the screen will scroll; until then there is no place for it
      const there = active.getLine(active.baseY + y)?.getCell(x)?.getChars() || ' ';
      const isCursor = index === at;
      const hidesCursor = y === active.cursorY && x === active.cursorX;
      if (there === char && !isCursor && !hidesCursor) return;
      cells.push(this.cell({ char, width, y, x }, { isCursor, isNew: there !== char }));
    });
    // What a deletion leaves behind it
    const end = places.at(-1);
    for (let y = top + end.row, x = end.x + 1; y < rows; y += 1, x = 0) {
      const line = active.getLine(active.baseY + y);
      if (y > top + end.row && !line?.isWrapped) break;
      for (; x < cols; x += 1) {
        const isCursor = y === active.cursorY && x === active.cursorX;
        if (isCursor || line?.getCell(x)?.getChars().trim()) cells.push(this.cell({ char: ' ', width: 1, y, x }));
      }
    }
    return cells;
  }

  cell({ char, width, y, x }, { isCursor = false, isNew = false } = {}) {
    const { cols, rows, options } = this.term;
    const cell = document.createElement('span');
    cell.textContent = char;
    const mark = isCursor ? 'cursor' : isNew && char !== ' ' ? 'new' : '';
    if (mark) cell.className = mark;
    Object.assign(cell.style, {
      left: `${(100 * x) / cols}%`, top: `${(100 * y) / rows}%`, width: `${(100 * width) / cols}%`, height: `${100 / rows}%`,
      font: `${options.fontSize}px ${options.fontFamily}`,
    });
    cell.style.lineHeight = `${this.layer.clientHeight / rows}px`;
    return cell;
  }
}
