// A small bar that searches the output of a terminal. It is loaded when it is opened for the first time.
import { SearchAddon } from '@xterm/addon-search';

const MOST = 1000; // further matches are neither marked nor counted

// `home` is the <lab-terminals>: it has words(name, values) and button(text, word, act).
export class SearchBar {
  constructor(home) {
    this.home = home;
    this.addons = new WeakMap();
    this.bar = document.createElement('form');
    this.bar.className = 'shell-search';
    this.bar.hidden = true;
    this.bar.setAttribute('role', 'search');
    this.bar.setAttribute('aria-label', home.words('findWhat'));
    this.input = document.createElement('input');
    Object.assign(this.input, { type: 'text', autocomplete: 'off', spellcheck: false, ariaLabel: home.words('findWhat') });
    this.input.setAttribute('autocapitalize', 'none');
    this.input.addEventListener('input', () => this.look(1, true));
    this.count = document.createElement('output');
    this.bar.append(
      this.input, this.count,
      home.button(home.words('findPrevious'), 'findPreviousTitle', () => this.look(-1)),
      home.button(home.words('findNext'), 'findNextTitle', () => this.look(1)),
      home.button(home.words('findClose'), 'findCloseTitle', () => this.close()),
    );
    this.bar.addEventListener('submit', (event) => event.preventDefault());
    this.bar.addEventListener('keydown', (event) => this.pressed(event));
  }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' && event.target === this.input) this.look(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  }

  open(screen) {
    this.bar.hidden = false;
    this.moveTo(screen);
    this.input.focus();
    this.input.select();
  }

  // The bar searches the current terminal.
  moveTo(screen) {
    if (this.bar.hidden || this.screen === screen) return;
    this.addons.get(this.screen)?.clearDecorations();
    this.screen = screen;
    if (!this.addons.has(screen)) this.addons.set(screen, this.addon(screen));
    this.look(1, true);
  }

  addon(screen) {
    const addon = new SearchAddon({ highlightLimit: MOST });
    addon.onDidChangeResults((results) => { if (screen === this.screen) this.tell(results); });
    screen.term.loadAddon(addon);
    return addon;
  }

  look(step, incremental = false) {
    const addon = this.addons.get(this.screen);
    const colour = getComputedStyle(this.home).getPropertyValue('--term-found').trim();
    // The current match is also selected, and has the colour of a selection.
    const decorations = { matchBackground: colour, matchOverviewRuler: colour, activeMatchColorOverviewRuler: colour };
    if (!this.input.value) {
      addon.clearDecorations();
      this.screen.term.clearSelection();
      this.count.textContent = '';
    } else if (step > 0) addon.findNext(this.input.value, { incremental, decorations });
    else addon.findPrevious(this.input.value, { decorations });
  }

  // Marks keep their old colours, so they are made again.
  applyColours() {
    if (this.bar.hidden) return;
    this.addons.get(this.screen).clearDecorations();
    this.look(1, true);
  }

  tell({ resultIndex, resultCount }) {
    const { words } = this.home;
    if (!this.input.value || this.bar.hidden) this.count.textContent = '';
    else if (!resultCount) this.count.textContent = words('foundNone');
    else if (resultIndex < 0) this.count.textContent = words('foundMany', { count: resultCount });
    else this.count.textContent = words('found', { at: resultIndex + 1, count: resultCount });
  }

  close() {
    this.bar.hidden = true;
    this.addons.get(this.screen)?.clearDecorations();
    this.screen.focus();
    this.screen = undefined;
  }
}
