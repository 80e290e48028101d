// The content of the dialog: the bank's page in a separate frame, with the names by which tests of Stripe's own
// pages find the frame. Messages are passed on in both directions.

const given = new URLSearchParams(location.hash.slice(1));
const url = new URL(given.get("page") ?? "", location.origin);
url.searchParams.set("locale", given.get("locale") ?? "auto");

const frame = document.createElement("iframe");
frame.id = "challengeFrame";
frame.name = "stripe-challenge-frame";
frame.title = "3D Secure";
if (url.origin === location.origin && url.pathname.startsWith("/3d_secure_2/")) {
  frame.src = url.href;
}

window.addEventListener("message", ({ source, origin, data }) => {
  if (source === frame.contentWindow && origin === location.origin && data?.causeway === "3ds") {
    // The page that shows the dialog may know the outcome in any case, so every origin is allowed.
    window.parent.postMessage({ causeway: "3ds", outcome: data.outcome }, "*");
  } else if (source === window.parent && data?.causeway === "3ds-cancel") {
    cancel();
  }
});
window.addEventListener("keydown", (event) => event.key === "Escape" && cancel());

/** Lets the bank's page fail the authentication. */
function cancel() {
  frame.contentWindow?.postMessage({ causeway: "3ds-cancel" }, location.origin);
}

frame.addEventListener("load", () => frame.focus());
document.body.append(frame);
