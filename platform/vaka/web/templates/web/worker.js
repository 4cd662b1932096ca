// Shows one page while the server does not answer, also to a form that is sent. It stores that page and its files, and nothing personal.
const CACHE_NAME = "{{ version|escapejs }}";
const PAGE = "{{ page|escapejs }}";
const FILES = JSON.parse("{{ files|escapejs }}");

self.addEventListener("install", (event) => {
  const fillCache = async () => {
    const cache = await caches.open(CACHE_NAME);
    await cache.addAll([PAGE, ...FILES].map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(fillCache());
});

self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== CACHE_NAME).map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(navigate(event));
  else if (request.method === "GET" && FILES.includes(new URL(request.url).pathname)) event.respondWith(fromCache(request));
});

async function navigate(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

async function fromCache(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}
