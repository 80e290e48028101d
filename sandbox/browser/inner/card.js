// The elements `card`, `cardNumber`, `cardExpiry` and `cardCvc`.

import { PLAIN, brandOf, cardParams, cvcField, expiryField, numberField } from "./card_fields.js";
import { countryOf, digitsOf } from "./card_number.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { english, localized, text } from "./language.js";
import { sibling } from "./siblings.js";
import { judgePostal } from "./texts.js";

/** A whole card in one line. */
export class Card {
  constructor(options, tell) {
    this.hidesPostal = options.hidePostalCode === true;
    this.number = numberField(PLAIN.number);
    this.expiry = expiryField(PLAIN.expiry);
    this.cvc = cvcField(PLAIN.cvc, () => this.brand);
    const judge = (text) => judgePostal(text, this.country);
    this.postal = new Field(PLAIN.postal, { judge });
    this.postal.text = options.value?.postalCode ?? "";
    this.form = new Form([this.number, this.expiry, this.cvc, this.postal], tell);
    this.node = document.createElement("div");
    this.node.className = "line";
    this.node.append(...this.form.fields.map((field) => field.node));
    this.show();
  }

  get brand() {
    return brandOf(this.number);
  }

  get country() {
    return countryOf(digitsOf(this.number.text));
  }

  /** What a `change` event says. */
  get value() {
    return { brand: this.brand, value: { postalCode: this.postal.shown ? this.postal.text : "" } };
  }

  /** Takes other options. */
  update(options) {
    this.hidesPostal = options.hidePostalCode ?? this.hidesPostal;
    if (options.value?.postalCode !== undefined) {
      this.postal.text = options.value.postalCode;
    }
    this.show();
  }

  /** Shows the input for the postal code where it makes sense. */
  show() {
    const { country } = this;
    this.postal.node.hidden = this.hidesPostal || country === "other";
    const word = country === "US" ? english("ZIP", "zip") : text("postal_code");
    this.postal.input.placeholder = word;
    this.postal.input.setAttribute("aria-label", word);
  }

  /** What is wrong with it, shown to the customer. */
  insist() {
    return this.form.insist();
  }

  /** The parameters of the card. */
  params() {
    const { number, expiry, cvc, postal } = this;
    const card = cardParams({ number: number.text, expiry: expiry.text, cvc: cvc.text });
    return { type: "card", card, postalCode: postal.shown && !postal.empty ? postal.text : undefined };
  }
}

/** What the element of one input puts into its frame. */
const PARTS = {
  cardNumber: () => numberField({ ...PLAIN.number, placeholder: "1234 1234 1234 1234" }),
  cardExpiry: () => expiryField(PLAIN.expiry),
  cardCvc: () => cvcField(PLAIN.cvc, () => sibling("cardNumber")?.brand ?? "unknown"),
};

/** One input of a card. The frame with the number asks the frames of the others when the card is wanted. */
export class CardPart {
  constructor(kind, options, tell) {
    this.kind = kind;
    this.field = PARTS[kind]();
    this.form = new Form([this.field], tell);
    this.node = this.field.node;
    this.update(options);
  }

  get brand() {
    return brandOf(this.field);
  }

  /** What a `change` event says. */
  get value() {
    return this.kind === "cardNumber" ? { brand: this.brand } : {};
  }

  /** What was typed, for the frame with the number. */
  get text() {
    return this.field.text;
  }

  /** Takes other options. */
  update(options) {
    if (options.placeholder !== undefined) {
      this.field.input.placeholder = options.placeholder;
    }
    this.field.input.disabled = options.disabled ?? this.field.input.disabled;
  }

  /** What is wrong with it or with the other inputs, shown to the customer. */
  insist() {
    const others = this.kind === "cardNumber" ? ["cardExpiry", "cardCvc"] : [];
    const own = this.form.insist();
    this.heard?.();
    const theirs = others.map((kind) => (sibling(kind) ? sibling(kind).insist() : missing(kind)));
    return [own, ...theirs].find((error) => error !== null) ?? null;
  }

  /** The parameters of the card. */
  params() {
    const typed = { number: this.text, expiry: sibling("cardExpiry").text, cvc: sibling("cardCvc").text };
    return { type: "card", card: cardParams(typed), postalCode: undefined };
  }
}

/** What is wrong if an input is not on the page. */
function missing(kind) {
  const [code, what] =
    kind === "cardExpiry" ? ["incomplete_expiry", "expiration date"] : ["incomplete_cvc", "security code"];
  return localized({ code, message: `Your card's ${what} is incomplete.` });
}
