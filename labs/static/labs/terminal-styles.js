// xterm.js writes its colours and sizes into <style> elements and style attributes. Our content security policy allows <style>
// elements only with the page's nonce, and style attributes not at all. From here on, every new <style> gets the nonce, and a
// style attribute of a <span> is set through the object model, which the policy allows.
// The nonce is read as a property of a script of the page, because browsers hide the attribute.
const nonce = document.querySelector('script[nonce]')?.nonce;
const { createElement } = document;
const { setAttribute } = Element.prototype;
const sheets = new Map(); // by address: the promise of each stylesheet

document.createElement = (name, options) => {
  const made = createElement.call(document, name, options);
  if (nonce && made instanceof HTMLStyleElement) made.nonce = nonce;
  return made;
};

HTMLSpanElement.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

// Adds the stylesheet of this <link> to the page, before all others, and resolves when it applies.
export function withStyles({ href }) {
  if (!sheets.has(href)) {
    sheets.set(href, new Promise((resolve, reject) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: resolve, onerror: reject });
      document.head.prepend(link);
    }));
  }
  return sheets.get(href);
}
