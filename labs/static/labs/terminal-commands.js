// Types a command of the page into a terminal, if a shell waits there for one. If something else runs, the page says what to do first.

const WAITS_FOR_PROMPT = 1500; // ms

// Returns the prompt of a shell, of vtysh or of birdc at the beginning of a line; undefined if there is none.
export const promptOf = (line) => (/^\S+@\S+:\S*[#$] /.exec(line) ?? /^[\w.-]+(\([\w-]+\))?[#>] /.exec(line))?.[0];

// Returns which of them waits behind a prompt: shell, vtysh, config (vtysh, where it configures) or birdc.
function waiting(prompt) {
  if (prompt.includes('@')) return 'shell';
  if (prompt === 'bird> ') return 'birdc';
  return prompt.includes('(config') ? 'config' : 'vtysh';
}

// Returns the command of vtysh in a command for the shell; empty if it is for the shell alone.
const inVtysh = (text) => (text.startsWith('show ') ? text : /^vtysh -c (['"])([^'"]+)\1$/.exec(text)?.[2] ?? '');

// What of a command each of them understands; empty if nothing.
const UNDERSTOOD = {
  shell: (text) => text,
  vtysh: inVtysh,
  config: (text) => inVtysh(text).replace(/^show /, 'do show '),
  birdc: (text) => /^birdc (.+)$/.exec(text)?.[1] ?? '',
};

// What waits for keys here, by what the line of the cursor shows: one of those above, half (a line that was begun), or program.
function foreground({ active }) {
  if (active.type === 'alternate') return 'program';
  const line = active.getLine(active.baseY + active.cursorY)?.translateToString(false, 0, active.cursorX) ?? '';
  const prompt = promptOf(line);
  if (!prompt) return 'program';
  return line.length > prompt.length ? 'half' : waiting(prompt);
}

// `screen` has term (not yet while xterm.js is on its way), connection, replaying, send(text) and advise(words).
export function typeCommand(screen, text) {
  clearTimeout(screen.typing);
  const until = performance.now() + WAITS_FOR_PROMPT;
  const look = () => {
    const { term, connection, replaying } = screen;
    const what = term && connection.state === 'linked' && !replaying ? foreground(term.buffer) : 'nothing';
    const understood = UNDERSTOOD[what]?.(text);
    if (understood) screen.send(`${understood.replaceAll(/\r?\n/g, '\r')}\r`);
    else if (performance.now() < until || !term || connection.state === 'calling') screen.typing = setTimeout(look, 100);
    else screen.advise(`first-${what}`);
  };
  look();
}
