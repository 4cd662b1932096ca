// Values that the browser keeps for a page: in localStorage or in sessionStorage, as JSON.

export function load(storage, key, otherwise) {
  try {
    return JSON.parse(storage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // the browser may forbid storage
  }
}

export function store(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch { /* then it is not stored */ }
}
