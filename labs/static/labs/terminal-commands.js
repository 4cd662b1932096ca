// Types a command of the page into a terminal, if a shell waits there for one. If something else runs, the page says what to do first.

const WAITS_FOR_PROMPT = 1500; // ms

// Returns the prompt of a shell or of vtysh at the beginning of a line; undefined if there is none.
export const promptOf = (line) => (/^\S+@\S+:\S*[#$] /.exec(line) ?? /^[\w.-]+(\([\w-]+\))?[#>] /.exec(line))?.[0];

// Returns what vtysh understands of a command for the shell; empty if it is for the shell alone.
const inVtysh = (text) => (text.startsWith('show ') ? text : /^vtysh -c (['"])([^'"]+)\1$/.exec(text)?.[2] ?? '');

// What waits for keys here, by what the line of the cursor shows: shell, vtysh, half (a line that was begun), or program.
function foreground({ active }) {
  if (active.type === 'alternate') return 'program';
  const line = active.getLine(active.baseY + active.cursorY)?.translateToString(false, 0, active.cursorX) ?? '';
  const prompt = promptOf(line);
  if (!prompt) return 'program';
  if (line.length > prompt.length) return 'half';
  return prompt.includes('@') ? 'shell' : 'vtysh';
}

// `screen` has term (not yet while xterm.js is on its way), connection, replaying, send(text) and advise(words).
export function typeCommand(screen, text) {
  clearTimeout(screen.typing);
  const until = performance.now() + WAITS_FOR_PROMPT;
  const look = () => {
    const { term, connection, replaying } = screen;
    const what = term && connection.state === 'linked' && !replaying ? foreground(term.buffer) : 'nothing';
    const understood = what === 'shell' ? text : what === 'vtysh' && inVtysh(text);
    if (understood) screen.send(`${understood.replaceAll(/\r?\n/g, '\r')}\r`);
    else if (performance.now() < until || !term || connection.state === 'calling') screen.typing = setTimeout(look, 100);
    else screen.advise(`first-${what}`);
  };
  look();
}
