// Shows one terminal, or two side by side in a wide window. `shown` has the tab of each side; `at` is the current side.
const WIDE = matchMedia('(min-width: 64rem)');

// Calls `turned` when another side becomes the current one, or a side shows another tab. A tab has its panel and its screen.
export class Sides {
  constructor(words, turned) {
    Object.assign(this, { words, turned, shown: [], at: 0 });
    this.element = document.createElement('div');
    this.element.className = 'shell-sides';
    this.sides = [this.draw(0), this.draw(1)];
    this.sides[1].hidden = true;
    this.element.append(...this.sides);
    this.onWide = () => { if (!WIDE.matches) this.unite(); };
    WIDE.addEventListener('change', this.onWide);
  }

  draw(number) {
    const side = document.createElement('div');
    side.className = 'shell-side';
    const name = document.createElement('p');
    name.className = 'shell-name';
    side.append(name);
    side.addEventListener('focusin', () => { if (this.at !== number && this.shown[number]) this.turnTo(number); });
    return side;
  }

  get current() {
    return this.shown[this.at];
  }

  get isSplit() {
    return this.shown.length === 2;
  }

  get hasRoom() {
    return WIDE.matches;
  }

  // Makes the side that shows the tab the current one. If no side shows it, the current side does from now on.
  show(tab) {
    const seenAt = this.shown.indexOf(tab);
    if (seenAt < 0) {
      if (this.current) this.current.panel.hidden = true;
      this.shown[this.at] = tab;
      this.sides[this.at].append(tab.panel);
      tab.panel.hidden = false;
    } else this.at = seenAt;
  }

  // Called when the tab of the current side has its screen.
  turnTo(at) {
    this.at = at;
    this.sides.forEach((side, number) => {
      side.firstChild.textContent = this.shown[number]?.firstChild.textContent ?? '';
      side.classList.toggle('at', number === at);
    });
    this.turned();
  }

  turn(arrow) {
    const isLeft = arrow === 'ArrowLeft';
    this.turnTo(isLeft === (getComputedStyle(this.element).direction === 'rtl') ? 1 : 0);
    this.current.screen.focus();
  }

  button(made) {
    made.className = 'shell-split';
    this.splitter = made;
    return made;
  }

  // `pick` shows the tab on the second side.
  divide(pick) {
    this.sides[1].hidden = false; // visible before the terminal opens, because that measures its letters
    this.at = 1;
    pick();
    this.drawn();
  }

  unite() {
    if (!this.isSplit) return;
    const stays = this.current;
    for (const tab of this.shown) tab.panel.hidden = tab !== stays;
    this.sides[0].append(stays.panel);
    this.shown = [stays];
    this.drawn();
    this.turnTo(0);
  }

  // Called when the tab of the current side was closed and no other tab is left for it.
  leave() {
    this.at = 1 - this.at;
    this.unite();
  }

  drawn() {
    const { isSplit } = this;
    this.sides[1].hidden = !isSplit;
    this.element.classList.toggle('split', isSplit);
    this.splitter.textContent = this.words(isSplit ? 'one' : 'split');
    this.splitter.title = this.words(isSplit ? 'oneTitle' : 'splitTitle');
    for (const tab of this.shown) tab.screen.fit();
  }

  close() {
    WIDE.removeEventListener('change', this.onWide);
  }
}
