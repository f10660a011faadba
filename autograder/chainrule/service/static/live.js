"use strict";
// Whenever something of ours has changed, the page is fetched again and its main part replaced: what is shown is
// rendered in one place only, by the service. Without this script the page says the same, until it is reloaded.
const main = document.getElementById("main");
const connection = document.getElementById("connection");
const said = document.getElementById("said");
const GAP = 300;
const LONGEST_WAIT = 30000;

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
  return found ? found.slice(name.length + 1) : "";
}

// Times are rendered by the clock of UTC; here by the reader's own.
const clock = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
function localize() {
  for (const one of main.querySelectorAll("time[datetime]")) {
    const moment = new Date(one.dateTime);
    if (!Number.isNaN(moment.getTime())) { one.title = one.textContent; one.textContent = clock.format(moment); }
  }
}

const LOST = "The connection is lost; trying again …";
const STALE = "This page is not up to date any more: reload it, and log in if you are asked to.";
function tell(problem) {
  if (connection.textContent !== problem) connection.textContent = problem;
  document.body.dataset.live = problem ? "no" : "yes";
}

// Fetching again.
let busy = false;
let again = false;
let kept = null;
let later = 0;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-XSRFToken": cookie("_xsrf") } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (answer.ok && fresh && page.body.dataset.events === document.body.dataset.events) put(fresh);
    else tell(answer.status >= 500 ? LOST : STALE);
  } catch {
    tell(LOST);
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, GAP); }
  }
}

function put(fresh) {
  if (fresh.outerHTML === kept) { arrange(); return; }
  if (main.contains(document.activeElement) && document.activeElement.closest("form")) {
    // Not under somebody's hands.
    document.activeElement.addEventListener("blur", () => setTimeout(refresh, GAP), { once: true });
    return;
  }
  const before = new Set(sentences(main));
  const open = new Map([...main.querySelectorAll("details")].map((one, at) => [one.id || at, one.open]));
  const focused = main.contains(document.activeElement) ? controls().indexOf(document.activeElement) : -1;
  const name = focused < 0 ? "" : document.activeElement.textContent;
  kept = fresh.outerHTML;
  for (const name of ["stamp", "again"]) {
    if (name in fresh.dataset) main.dataset[name] = fresh.dataset[name];
    else delete main.dataset[name];
  }
  main.replaceChildren(...fresh.childNodes);
  main.querySelectorAll("details").forEach((one, at) => { one.open = open.get(one.id || at) ?? one.open; });
  localize();
  if (focused >= 0) {
    const there = controls();
    const same = there[focused]?.textContent === name ? there[focused] : there.find((one) => one.textContent === name);
    (same ?? there[focused] ?? main).focus({ preventScroll: true });
  }
  const news = sentences(main).filter((one) => !before.has(one));
  if (news.length) said.textContent = news.join(" ");
  arrange();
}

function controls() {
  return [...main.querySelectorAll("a[href], summary, button, input, select")];
}

function sentences(root) {
  return [...root.querySelectorAll("[data-say]")].map((one) => one.dataset.say);
}

// What the clock alone changes: how long is left, a deadline that passes.
function arrange() {
  clearTimeout(later);
  const seconds = Number(main.dataset.again);
  // Not everybody in the same second.
  if (seconds) later = setTimeout(ticked, 1000 * (seconds + 3 * Math.random()));
}
function ticked() {
  if (document.hidden) document.addEventListener("visibilitychange", refresh, { once: true });
  else refresh();
}

// Hearing of changes.
let wait = 1000;

function change(event, into) {
  const told = JSON.parse(event.data);
  const place = main.querySelector(`[data-attempt="${Number(told.attempt)}"]`);
  if (!place) return;
  into(place, told);
  kept = null;
}

function listen() {
  const address = new URL(document.body.dataset.events, location.href);
  address.searchParams.set("_xsrf", cookie("_xsrf"));
  const stream = new EventSource(address);
  stream.onopen = () => {
    tell("");
    wait = 1000;
    arrange();
    // Pages without a stamp cannot know what they missed.
    if (main.dataset.stamp === undefined) refresh();
  };
  stream.onerror = () => {
    // After an answer that is no stream, the browser itself does not try again; the page's own answer may say why.
    const closed = stream.readyState === EventSource.CLOSED;
    if (!closed || connection.textContent !== STALE) tell(LOST);
    if (closed) {
      refresh();
      setTimeout(listen, wait + 1000 * Math.random());
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  };
  stream.onmessage = refresh;
  stream.addEventListener("stamp", (event) => {
    if (JSON.parse(event.data).stamp !== main.dataset.stamp) refresh();
  });
  stream.addEventListener("place", (event) => change(event, (place, told) => {
    const step = place.querySelector(".place");
    if (step) step.textContent = told.text;
  }));
  stream.addEventListener("progress", (event) => change(event, (place, told) => {
    const step = place.querySelector(".step");
    if (!step) return;
    step.textContent = told.text;
    const bar = place.querySelector("progress");
    bar.max = told.of;
    bar.value = told.done;
    bar.hidden = false;
  }));
}

localize();
arrange();
listen();
