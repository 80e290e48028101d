// The inputs of a card, as each element shows them.

import { codeLength, digitsOf, grouped, judgeCode, judgeNumber, networkOf } from "./card_number.js";
import { judgeExpiry, parts, spaced } from "./expiry.js";
import { Field } from "./field.js";

/** The looks in the elements of their own kind: no labels, names as browsers know them. */
export const PLAIN = {
  number: {
    name: "cardnumber",
    aria: "Credit or debit card number",
    stable: "cardNumber",
    placeholder: "Card number",
    autocomplete: "cc-number",
    inputmode: "numeric",
  },
  expiry: {
    name: "exp-date",
    aria: "Credit or debit card expiration date",
    stable: "cardExpiry",
    placeholder: "MM / YY",
    autocomplete: "cc-exp",
    inputmode: "numeric",
  },
  cvc: {
    name: "cvc",
    aria: "Credit or debit card CVC/CVV",
    stable: "cardCvc",
    placeholder: "CVC",
    autocomplete: "cc-csc",
    inputmode: "numeric",
  },
  postal: {
    name: "postal",
    aria: "ZIP",
    stable: "postalCode",
    placeholder: "ZIP",
    autocomplete: "billing postal-code",
  },
};

/** The looks in the Payment Element. */
export const LABELED = {
  number: {
    name: "number",
    id: "payment-numberInput",
    label: "Card number",
    placeholder: "1234 1234 1234 1234",
    autocomplete: "billing cc-number",
    inputmode: "numeric",
  },
  expiry: {
    name: "expiry",
    id: "payment-expiryInput",
    label: "Expiration date",
    placeholder: "MM / YY",
    autocomplete: "billing cc-exp",
    inputmode: "numeric",
  },
  cvc: {
    name: "cvc",
    id: "payment-cvcInput",
    label: "Security code",
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
