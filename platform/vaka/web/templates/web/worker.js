// Shows one page when the server does not answer. It keeps that page and its looks, and nothing of anybody's.
const KEPT = "{{ version|escapejs }}";
const PAGE = "{{ page|escapejs }}";
const FILES = JSON.parse("{{ files|escapejs }}");

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll([PAGE, ...FILES].map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const settle = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(settle());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(visit(event));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(look(request));
});

async function visit(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

async function look(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}
