// The payment method types of the Payment Element: the inputs of each type, and the resulting parameters.

import { LABELED, brandOf, cardParams, cvcField, expiryField, numberField } from "./card_fields.js";
import { COUNTRIES, countriesIn } from "./countries.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { locale, text as said } from "./language.js";
import * as texts from "./texts.js";

/** The countries whose postal codes banks compare. */
const WITH_POSTAL = ["US", "CA", "GB"];

/** A card. */
class CardWay {
  constructor({ fields, defaults }, tell) {
    this.number = numberField(LABELED.number);
    this.expiry = expiryField(LABELED.expiry);
    this.cvc = cvcField(LABELED.cvc, () => brandOf(this.number));
    const look = { name: "country", id: "payment-countryInput", label: said("country"), options: countriesIn(locale()) };
    this.country = new Field({ ...look, autocomplete: "billing country" });
    this.country.text = defaults.address?.country ?? homeCountry();
    const judge = (text) => texts.judgePostal(text, this.country.text);
    const postal = { name: "postalCode", id: "payment-postalCodeInput", label: said("zip"), placeholder: "12345" };
    this.postal = new Field({ ...postal, autocomplete: "billing postal-code" }, { judge });
    this.postal.text = defaults.address?.postal_code ?? "";
    this.asks = {
      country: !isNever(fields, "country"),
      postal: !isNever(fields, "postalCode"),
    };
    this.form = new Form([this.number, this.expiry, this.cvc, this.country, this.postal], tell);
    this.node = sheet(this.form.fields);
    this.country.input.addEventListener("change", () => tell("input"));
    this.show();
  }

  /** Shows the inputs of the address where they make sense. */
  show() {
    const country = this.country.text;
    this.country.node.hidden = !this.asks.country;
    this.postal.node.hidden = !this.asks.postal || !this.asks.country || !WITH_POSTAL.includes(country);
    this.postal.node.querySelector("label").textContent = said(country === "US" ? "zip" : "postal_code");
  }

  params() {
    const { number, expiry, cvc, country, postal } = this;
    const card = cardParams({ number: number.text, expiry: expiry.text, cvc: cvc.text });
    const address = {
      country: country.shown ? country.text : undefined,
      postal_code: postal.shown && !postal.empty ? postal.text : undefined,
    };
    return { card, billing: { address } };
  }
}

/** What both kinds of bank accounts need of their owner. */
class OwnedWay {
  constructor({ fields, defaults }) {
    const ask = (name, label, autocomplete, judge) => {
      const field = new Field({ name, label, autocomplete, id: `payment-${name}Input` }, { judge });
      field.text = defaults[name] ?? "";
      field.node.hidden = isNever(fields, name);
      return field;
    };
    this.name = ask("name", said("full_name"), "name", texts.judgeText("name"));
    this.email = ask("email", said("email"), "email", texts.judgeEmail);
  }

  get billing() {
    const typed = (field) => (field.shown ? field.text.trim() : undefined);
    return { name: typed(this.name), email: typed(this.email) };
  }
}

/** A bank account in Europe. */
class SepaWay extends OwnedWay {
  constructor(given, tell) {
    super(given);
    const look = { name: "iban", id: "payment-ibanInput", label: "IBAN", placeholder: "DE00 0000 0000 0000 0000 00" };
    this.iban = new Field(look, { format: texts.groupedIban, judge: texts.judgeIban });
    this.form = new Form([this.name, this.email, this.iban], tell);
    this.node = sheet(this.form.fields);
  }

  params() {
    return { sepa_debit: { iban: this.iban.text.replace(/\s/g, "") }, billing: this.billing };
  }
}

/** A bank account in the United States. */
class UsBankWay extends OwnedWay {
  constructor(given, tell) {
    super(given);
    const ask = (name, label, judge) =>
      new Field({ name, label, id: `payment-${name}Input`, inputmode: "numeric" }, { judge });
    this.routing = ask("routingNumber", said("routing_number"), texts.judgeRouting);
    this.account = ask("accountNumber", said("account_number"), texts.judgeAccount);
    const options = [["checking", said("checking")], ["savings", said("savings")]];
    this.kind = new Field({ name: "accountType", id: "payment-accountTypeInput", label: said("account_type"), options });
    this.form = new Form([this.name, this.email, this.routing, this.account, this.kind], tell);
    this.node = sheet(this.form.fields);
  }

  params() {
    const account = {
      account_holder_type: "individual",
      account_type: this.kind.text,
      account_number: this.account.text,
      routing_number: this.routing.text,
    };
    return { us_bank_account: account, billing: this.billing };
  }
}

/** Klarna or PayPal: the customer goes on at their page, and types nothing here. */
class RedirectWay {
  constructor(given, tell) {
    this.form = new Form([], tell);
    this.node = document.createElement("p");
    this.node.className = "hint";
    this.node.textContent = said("redirect");
  }

  params() {
    return { billing: {} };
  }
}

/** Link, which knows its customers by their email. */
class LinkWay {
  constructor({ defaults }, tell) {
    const look = { name: "email", id: "payment-emailInput", label: said("email"), autocomplete: "email" };
    this.email = new Field(look, { judge: texts.judgeEmail });
    this.email.text = defaults.email ?? "";
    this.form = new Form([this.email], tell);
    this.node = sheet(this.form.fields);
  }

  params() {
    return { billing: { email: this.email.text.trim() } };
  }
}

/** The ways, by their types. */
export const WAYS = {
  card: CardWay, sepa_debit: SepaWay, us_bank_account: UsBankWay, klarna: RedirectWay, paypal: RedirectWay,
  link: LinkWay,
};

/** The inputs of one way, below each other. */
function sheet(fields) {
  const node = document.createElement("div");
  node.className = "sheet";
  node.append(...fields.map((field) => field.node));
  return node;
}

/** Whether the page has said that it asks for something itself. */
function isNever(fields, name) {
  const details = fields?.billingDetails;
  const ofAddress = ["country", "postalCode"].includes(name);
  const wish = ofAddress ? (details?.address?.[name] ?? details?.address) : details?.[name];
  return details === "never" || wish === "never";
}

/** The country of the browser, if it is in the list. */
function homeCountry() {
  const region = /-([A-Z]{2})$/.exec(navigator.language)?.[1];
  return COUNTRIES.includes(region) ? region : "US";
}
