// The dialog in which a customer authenticates: the bank's page, over the merchant's.

/** How long the bank's page may take to fail the authentication after the dialog was closed. */
const LAST_WORD = 5_000;

/** Shows the bank's page, and ends once the customer has chosen there or has closed the dialog. */
function authenticated({ base, locale }, url) {
  return new Promise((resolve) => {
    new Dialog({ base, locale, url }, resolve).open();
  });
}

/** The dialog. */
class Dialog {
  constructor({ base, locale, url }, done) {
    Object.assign(this, { base, locale, done });
    // The page is served by the sandbox, at the host name from which the script was loaded.
    const { pathname, search } = new URL(url, base);
    const page = new URLSearchParams({ page: pathname + search, locale });
    this.frame = frameOf(`${base}/v3/three-ds-2-challenge.html#${page}`, "3D Secure 2 authentication");
    Object.assign(this.frame.style, { minWidth: "0", width: "100%", height: "100%" });
    this.overlay = this.overlayOf();
    this.frame.addEventListener("load", () => this.frame.focus());
    this.listener = (event) => this.heard(event);
  }

  /** Shows it. The page below can neither be used nor scrolled meanwhile. */
  open() {
    this.overflow = document.body.style.overflow;
    document.body.style.overflow = "hidden";
    window.addEventListener("message", this.listener);
    document.body.append(this.overlay);
    this.overlay.showModal();
  }

  /** Lets the bank's page fail the authentication; if it says nothing, the intent tells what became of it. */
  cancel() {
    this.frame.contentWindow?.postMessage({ causeway: "3ds-cancel" }, this.base);
    setTimeout(() => this.close(), LAST_WORD);
  }

  heard({ source, origin, data }) {
    if (source === this.frame.contentWindow && origin === this.base && data?.causeway === "3ds") {
      this.close();
    }
  }

  close() {
    if (!this.overlay.isConnected) {
      return;
    }
    window.removeEventListener("message", this.listener);
    document.body.style.overflow = this.overflow;
    this.overlay.close();
    this.overlay.remove();
    this.done();
  }

  overlayOf() {
    const overlay = document.createElement("dialog");
    overlay.setAttribute("role", "dialog");
    overlay.setAttribute("aria-modal", "true");
    overlay.setAttribute("aria-label", "3D Secure authentication");
    Object.assign(overlay.style, {
      position: "fixed", inset: "0", width: "100vw", height: "100vh", maxWidth: "none", maxHeight: "none", margin: "0",
      padding: "0", border: "0", display: "flex", alignItems: "center", justifyContent: "center",
      background: "rgba(0, 0, 0, 0.5)",
    });
    overlay.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.cancel();
    });
    // A browser closes a dialog on the second Escape without a cancel event.
    overlay.addEventListener("close", () => overlay.isConnected && this.cancel());
    const box = document.createElement("div");
    Object.assign(box.style, {
      position: "relative", width: "min(480px, 100% - 24px)", height: "min(460px, 100% - 24px)", background: "Canvas",
      colorScheme: "light dark", borderRadius: "12px", overflow: "hidden",
    });
    const language = this.locale === "auto" ? navigator.language : this.locale;
    box.dir = /^(ar|he)\b/.test(language) ? "rtl" : "ltr";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Close");
    Object.assign(close.style, {
      position: "absolute", top: "8px", insetInlineEnd: "8px", width: "44px", height: "44px", padding: "0", border: "0",
      background: "none", fontSize: "24px", lineHeight: "1", color: "CanvasText", cursor: "pointer",
    });
    close.addEventListener("click", () => this.cancel());
    box.append(this.frame, close);
    overlay.append(box);
    return overlay;
  }
}
