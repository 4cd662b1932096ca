// Loads the scripts that wait in <template id="later"> once xterm.js has come: on a slow connection they would take their share of it.
// xterm.js is imported, not awaited, so that these scripts still come before the page's load event.
import '@xterm/xterm';

const template = document.getElementById('later');
template.replaceWith(template.content.cloneNode(true));
