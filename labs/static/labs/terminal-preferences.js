// The preferences for terminals: text size, colours, and whether their output is sent to a screen reader. The browser stores them.
import { load, store } from 'labs/browser-storage';

const SIZES = { least: 9, most: 28, usual: 13 }; // px
const COLOURS = ['dark', 'light', 'contrast'];

// `home` is the <lab-terminals>: it has words(name), button(text, word, act), set(options) and applyColours().
export class Preferences {
  constructor(home) {
    this.home = home;
    this.fontSize = load(localStorage, 'vaka:terminal-size', SIZES.usual);
    this.readAloud = load(localStorage, 'vaka:terminal-read', false);
    this.colours = this.storedColours();
  }

  storedColours() {
    const chosen = load(localStorage, 'vaka:terminal-colours', undefined);
    if (COLOURS.includes(chosen)) return chosen;
    return matchMedia('(prefers-contrast: more)').matches ? 'contrast' : 'dark';
  }

  sizeButtons() {
    return [this.home.button('A−', 'smaller', () => this.scale(-1)), this.home.button('A+', 'larger', () => this.scale(1))];
  }

  readerButton() {
    const button = this.home.button(this.home.words('read'), 'readTitle', () => {
      this.readAloud = !this.readAloud;
      button.ariaPressed = String(this.readAloud);
      store(localStorage, 'vaka:terminal-read', this.readAloud);
      this.home.set({ screenReaderMode: this.readAloud });
    });
    button.ariaPressed = String(this.readAloud);
    return button;
  }

  colourList() {
    const list = document.createElement('select');
    list.title = this.home.words('colours');
    list.setAttribute('aria-label', list.title);
    for (const name of COLOURS) list.add(new Option(this.home.words(`colours-${name}`), name, false, name === this.colours));
    list.addEventListener('change', () => {
      this.colours = list.value;
      store(localStorage, 'vaka:terminal-colours', this.colours);
      this.home.applyColours();
    });
    return list;
  }

  scale(by) {
    this.fontSize = Math.min(SIZES.most, Math.max(SIZES.least, this.fontSize + by));
    store(localStorage, 'vaka:terminal-size', this.fontSize);
    this.home.set({ fontSize: this.fontSize });
  }
}
