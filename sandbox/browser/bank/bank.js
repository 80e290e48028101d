// The bank's page. As a page, or in a frame of the merchant, the form leads back to the merchant; in the dialog
// the page reports the customer's choice.

const framed = window.parent !== window && isOurs(window.parent);
const form = document.querySelector("form");
const done = document.querySelector("[data-outcome]");

if (framed && form) {
  form.elements.framed.value = "true";
  const fail = document.querySelector("#test-source-fail-3ds");
  window.addEventListener("message", ({ source, data }) => {
    if (source === window.parent && data?.causeway === "3ds-cancel") {
      form.requestSubmit(fail);
    }
  });
  window.addEventListener("keydown", (event) => event.key === "Escape" && form.requestSubmit(fail));
}

if (framed && done) {
  window.parent.postMessage({ causeway: "3ds", outcome: done.dataset.outcome }, location.origin);
}

/** Whether a window shows a page of the sandbox. */
function isOurs(other) {
  try {
    return other.location.origin === location.origin;
  } catch {
    return false;
  }
}
