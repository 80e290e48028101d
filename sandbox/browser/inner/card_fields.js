// The inputs of a card, as each element shows them.

import { codeLength, digitsOf, grouped, judgeCode, judgeNumber, networkOf } from "./card_number.js";
import { judgeExpiry, parts, spaced } from "./expiry.js";
import { Field } from "./field.js";
import { english, text } from "./language.js";

/** The looks in the elements of their own kind: no labels, names as browsers know them. Texts depend on the language. */
export const PLAIN = {
  number: {
    name: "cardnumber",
    get aria() {
      return english("Credit or debit card number", "card_number");
    },
    stable: "cardNumber",
    get placeholder() {
      return text("card_number");
    },
    autocomplete: "cc-number",
    inputmode: "numeric",
  },
  expiry: {
    name: "exp-date",
    get aria() {
      return english("Credit or debit card expiration date", "expiration");
    },
    stable: "cardExpiry",
    get placeholder() {
      return text("expiry_placeholder");
    },
    autocomplete: "cc-exp",
    inputmode: "numeric",
  },
  cvc: {
    name: "cvc",
    get aria() {
      return english("Credit or debit card CVC/CVV", "security_code");
    },
    stable: "cardCvc",
    placeholder: "CVC",
    autocomplete: "cc-csc",
    inputmode: "numeric",
  },
  postal: {
    name: "postal",
    get aria() {
      return english("ZIP", "zip");
    },
    stable: "postalCode",
    get placeholder() {
      return english("ZIP", "zip");
    },
    autocomplete: "billing postal-code",
  },
};

/** The looks in the Payment Element. */
export const LABELED = {
  number: {
    name: "number",
    id: "payment-numberInput",
    get label() {
      return text("card_number");
    },
    placeholder: "1234 1234 1234 1234",
    autocomplete: "billing cc-number",
    inputmode: "numeric",
  },
  expiry: {
    name: "expiry",
    id: "payment-expiryInput",
    get label() {
      return text("expiration");
    },
    get placeholder() {
      return text("expiry_placeholder");
    },
    autocomplete: "billing cc-exp",
    inputmode: "numeric",
  },
  cvc: {
    name: "cvc",
    id: "payment-cvcInput",
    get label() {
      return text("security_code");
    },
    placeholder: "CVC",
    autocomplete: "billing cc-csc",
    inputmode: "numeric",
  },
};

/** An input for the number. */
export function numberField(look) {
  const full = (text) => judgeNumber(text) === null;
  return new Field(look, { format: grouped, judge: judgeNumber, full });
}

/** An input for the date. */
export function expiryField(look) {
  return new Field(look, { format: spaced, judge: (text) => judgeExpiry(text), full: (text) => text.length === 7 });
}

/** An input for the security code of a card whose network `brand()` tells. */
export function cvcField(look, brand) {
  const longest = () => (brand() === "unknown" ? 4 : codeLength(brand()));
  return new Field(look, {
    format: (text) => digitsOf(text).slice(0, longest()),
    judge: (text) => judgeCode(text, brand()),
    full: (text) => text.length === longest(),
  });
}

/** The network of the number that was typed. */
export function brandOf(field) {
  return networkOf(digitsOf(field.text)).brand;
}

/** The parameters of a card. */
export function cardParams({ number, expiry, cvc }) {
  const { month, year } = parts(expiry);
  return { number: digitsOf(number), exp_month: month, exp_year: year, cvc: digitsOf(cvc) };
}
