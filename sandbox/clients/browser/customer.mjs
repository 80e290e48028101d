// A customer with a browser, and somebody who looks over the merchant's shoulder: whatever the shop's page gets to
// see is kept, and no number of a card may be in it.

import { chromium } from "playwright-core";

import { eventually, expect } from "./telling.mjs";

/** How Chromium is started where there is no desktop and nothing but the sandbox to talk to. */
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Starts the browser. */
export function browser() {
  const { CHROMIUM: executablePath = "/usr/bin/chromium" } = process.env;
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

/** A customer. */
export class Customer {
  constructor(context, page, merchant) {
    Object.assign(this, { context, page, merchant, seen: [], typed: [] });
  }

  /** Comes in, and is looked at from then on. */
  static async enter(browser, merchant) {
    const context = await browser.newContext({ locale: "en-US" });
    await context.addInitScript(eavesdrop);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const customer = new Customer(context, page, merchant);
    page.on("console", (message) => customer.seen.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => customer.seen.push(`error: ${error.message}`));
    context.on("request", (request) => customer.noticed(request));
    return customer;
  }

  /** Leaves. */
  leave() {
    return this.context.close();
  }

  /** Opens the shop with one of its flows, and waits until everything is there. */
  async visit(flow, more = "") {
    await this.page.goto(`${this.merchant.url}/?flow=${flow}${more}`);
    await this.page.locator("form.ready").waitFor();
  }

  /** The frame with this title. */
  frame(title) {
    return this.page.frameLocator(`iframe[title="${title}"]`);
  }

  /** Types a card into the element in one line, as fast as a hand goes from one input to the next. */
  async types(number, expiry = "12/34", cvc = "123", postal = "94103") {
    const frame = this.frame("Secure card payment input frame");
    this.typed.push(number);
    await frame.locator('[name="cardnumber"]').pressSequentially(number);
    await frame.locator('[name="exp-date"]').fill(expiry);
    await frame.locator('[name="cvc"]').fill(cvc);
    if (await frame.locator('[name="postal"]').isVisible()) {
      await frame.locator('[name="postal"]').fill(postal);
    }
  }

  /** Fills in the Payment Element. */
  async fillsIn(number, expiry = "12 / 34", cvc = "123", postal = "94103") {
    const frame = this.frame("Secure payment input frame");
    this.typed.push(number);
    await writes(frame.getByLabel("Card number"), number);
    await writes(frame.getByLabel("Expiration date"), expiry);
    await writes(frame.getByLabel("Security code"), cvc);
    await frame.getByLabel("Country").selectOption("US");
    await writes(frame.getByLabel("ZIP code"), postal);
  }

  /** Clicks the shop's button. */
  pays() {
    return this.page.locator("#pay").click();
  }

  /** Reads in the end what the page says. */
  async reads(text) {
    await eventually("the page says", () => this.page.locator("#status").textContent(), text);
  }

  /** The bank's page in the dialog. */
  bank() {
    const outer = this.page.getByRole("dialog").locator("iframe").contentFrame();
    return outer.frameLocator("#challengeFrame");
  }

  /** What the script told the page in the end. */
  result() {
    return this.page.evaluate(() => window.result);
  }

  /** What the elements told the page: the last `change`. */
  async lastChange() {
    const heard = await this.page.evaluate(() => window.heard);
    return heard.filter(([event]) => event === "change").at(-1)?.[1];
  }

  /** Ends at the page to which the bank led, and returns its query. */
  async comesBack() {
    await this.page.waitForURL((url) => url.pathname === "/back" && url.searchParams.has("redirect_status"));
    return Object.fromEntries(new URL(this.page.url()).searchParams);
  }

  /** Nothing that the shop could see has the number of a card in it, and its policy was kept. */
  async keepsSecrets() {
    const inPage = await this.page.evaluate(() => [
      document.documentElement.outerHTML,
      JSON.stringify(window.eavesdropped),
      JSON.stringify(window.heard ?? null),
      JSON.stringify(window.result ?? null),
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      document.cookie,
    ]);
    const all = [...this.seen, ...inPage].join("\n");
    for (const number of this.typed.filter((one) => one.length > 8)) {
      const spread = new RegExp([...number].join("(?:[ +-]|%20)?"));
      expect(`the number ending in ${number.slice(-4)} was seen`, spread.exec(all)?.[0], undefined);
    }
    expect("what the policy refused", this.seen.filter((line) => /Content.Security.Policy/i.test(line)), []);
    expect("what went wrong in the page", this.seen.filter((line) => line.startsWith("error: ")), []);
  }

  /** Keeps the requests that the shop's page makes, or that reach the shop. */
  noticed(request) {
    const ofPage = request.isNavigationRequest() || request.frame() === this.page.mainFrame();
    if (ofPage || request.url().startsWith(this.merchant.url)) {
      const headers = JSON.stringify(request.headers());
      this.seen.push(`request: ${request.method()} ${request.url()} ${headers} ${request.postData() ?? ""}`);
    }
  }
}

/** Runs in every frame before anything else, and keeps what arrives by messages and private lines. */
function eavesdrop() {
  if (window.top !== window) {
    return;
  }
  const heard = [];
  window.eavesdropped = heard;
  window.addEventListener("message", ({ data }) => heard.push(data));
  const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    set(handler) {
      set.call(this, (event) => {
        heard.push(event.data);
        handler.call(this, event);
      });
    },
  });
}

/**
 * Fills an input, and looks whether it is there: inputs move the focus on by themselves, and what is filled in just
 * then lands in the next one.
 */
async function writes(input, text) {
  const plain = (value) => value.replace(/[^0-9A-Za-z]/g, "");
  for (let tries = 0; tries < 5; tries += 1) {
    await input.fill(text);
    if (plain(await input.inputValue()) === plain(text)) {
      return;
    }
  }
}
