// Loads the page again when the results have changed; what was chosen stands in its address.
"use strict";
let state = null;
async function look() {
  try {
    const answer = await fetch("/state", { cache: "no-store" });
    const now = await answer.text();
    if (state !== null && now !== state) return location.reload();
    state = now;
  } catch {
    // the server has ended; the page stays as it is
  }
  setTimeout(look, 2000);
}
look();
