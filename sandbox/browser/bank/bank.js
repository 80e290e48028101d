// The bank's page. As a page, or in a frame of the merchant, the form leads back to the merchant; in the dialog
// the page reports the customer's choice. The texts and the amount are shown in the language of the customer.

import { Language } from "../locales.js";

const framed = window.parent !== window && isOurs(window.parent);
const form = document.querySelector("form");
const done = document.querySelector("[data-outcome]");
const locale = new URLSearchParams(location.search).get("locale") ?? "auto";

document.documentElement.classList.toggle("framed", framed);
translate(new Language(locale));

if (form) {
  // The address of each button keeps the language for the page after it.
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("formaction", `${button.getAttribute("formaction")}&locale=${encodeURIComponent(locale)}`);
  }
}

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

/** Shows the texts and the amount in a language. */
function translate(language) {
  language.mark(document.documentElement);
  for (const node of document.querySelectorAll("[data-text]")) {
    node.textContent = language.text(node.dataset.text);
  }
  for (const node of document.querySelectorAll("[data-amount]")) {
    node.textContent = language.amount(node.dataset.amount, node.dataset.currency);
  }
}

/** Whether a window shows a page of the sandbox. */
function isOurs(other) {
  try {
    return other.location.origin === location.origin;
  } catch {
    return false;
  }
}
