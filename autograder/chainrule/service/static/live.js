"use strict";
// Whenever something of ours has changed, the page is fetched again and its main part replaced: what is shown is
// rendered in one place only, by the service.
const connection = document.getElementById("connection");

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
  return found ? found.slice(name.length + 1) : "";
}

let again = false;
let busy = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const open = [...document.querySelectorAll("main details")].map((one) => one.open);
    const answer = await fetch(location.href, { headers: { "X-XSRFToken": cookie("_xsrf") } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.getElementById("main");
      const typing = main.contains(document.activeElement) && document.activeElement.matches("input, select");
      if (!typing) {
        main.replaceChildren(...page.getElementById("main").childNodes);
        document.querySelectorAll("main details").forEach((one, at) => { one.open = open[at] ?? one.open; });
      }
    }
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 200); }
  }
}

const address = new URL(document.body.dataset.events, location.href);
address.searchParams.set("_xsrf", cookie("_xsrf"));
const stream = new EventSource(address);
let lost = false;
stream.onopen = () => {
  document.body.dataset.live = "yes";
  connection.textContent = "";
  if (lost) { lost = false; refresh(); }
};
stream.onerror = () => {
  lost = true;
  document.body.dataset.live = "no";
  connection.textContent = "The connection is lost; trying again …";
};
stream.onmessage = refresh;
