// What is judged while it is typed, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as card from "../../browser/inner/card_number.js";
import { encoded } from "../../browser/encoded.js";
import { Language, TEXTS, counts } from "../../browser/locales.js";
import { merged } from "../../browser/inner/api.js";
import { judgeExpiry, parts, spaced } from "../../browser/inner/expiry.js";
import * as texts from "../../browser/inner/texts.js";

test("numbers are grouped as they are on the cards", () => {
  for (const [typed, brand, grouped] of [
    ["4242424242424242", "visa", "4242 4242 4242 4242"],
    ["42424242424242424242", "visa", "4242 4242 4242 4242"],
    ["4242-4242 4", "visa", "4242 4242 4"],
    ["378282246310005", "amex", "3782 822463 10005"],
    ["36227206271667", "diners", "3622 720627 1667"],
    ["3056930009020004", "diners", "3056 9300 0902 0004"],
    ["6205500000000000004", "unionpay", "6205 5000 0000 0000 004"],
    ["2223003122003222", "mastercard", "2223 0031 2200 3222"],
    ["9", "unknown", "9"],
    ["", "unknown", ""],
  ]) {
    assert.equal(card.networkOf(card.digitsOf(typed)).brand, brand, typed);
    assert.equal(card.grouped(typed), grouped, typed);
  }
});

test("numbers that cannot be a card's", () => {
  for (const [number, code] of [
    ["4242 4242 4242 4242", undefined],
    ["4242 4242 4242 4241", "invalid_number"],
    ["4242 4242 4242 424", "incomplete_number"],
    ["378282246310005", undefined],
    ["36227206271667", undefined],
    ["3056930009020004", undefined],
    ["6205500000000000004", undefined],
    ["", "incomplete_number"],
  ]) {
    assert.equal(card.judgeNumber(number)?.code, code, number);
  }
});

test("security codes are as long as their network wants them", () => {
  for (const [code, brand, right] of [
    ["123", "visa", true],
    ["1234", "visa", false],
    ["123", "amex", false],
    ["1234", "amex", true],
    ["123", "unknown", true],
    ["12", "unknown", false],
  ]) {
    assert.equal(card.judgeCode(code, brand) === null, right, `${code} ${brand}`);
  }
});

test("the number of a test card tells its country", () => {
  for (const [number, country] of [
    ["4242424242424242", "US"],
    ["4000000000009995", "US"],
    ["4000008260003178", "GB"],
    ["4000001240000000", "CA"],
    ["4000002760003184", "other"],
  ]) {
    assert.equal(card.countryOf(number), country, number);
  }
});

test("dates are written as they are typed", () => {
  for (const [typed, written, deletes] of [
    ["1", "1"],
    ["5", "05 / "],
    ["12", "12 / "],
    ["13", "01 / 3"],
    ["1234", "12 / 34"],
    ["12/34", "12 / 34"],
    ["1/34", "01 / 34"],
    ["12/2034", "12 / 34"],
    ["12 / 345", "12 / 34"],
    ["12 /", "12", true],
    ["12 / 3", "12 / 3", true],
  ]) {
    assert.equal(spaced(typed, deletes), written, typed);
  }
  assert.deepEqual(parts("12 / 34"), { month: 12, year: 2034 });
});

test("dates that are over or not whole", () => {
  const now = new Date(2026, 10, 21);
  for (const [text, code] of [
    ["11 / 26", undefined],
    ["10 / 26", "invalid_expiry_month_past"],
    ["12 / 25", "invalid_expiry_year_past"],
    ["12 / 77", "invalid_expiry_year"],
    ["12 / 76", undefined],
    ["00 / 30", "invalid_expiry_month"],
    ["12 / 3", "incomplete_expiry"],
    ["12 / ", "incomplete_expiry"],
    ["1", "incomplete_expiry"],
    ["", "incomplete_expiry"],
  ]) {
    assert.equal(judgeExpiry(text, now)?.code, code, text);
  }
});

test("postal codes, bank accounts, and mail", () => {
  for (const [judged, code] of [
    [texts.judgePostal("94103", "US"), undefined],
    [texts.judgePostal("9410", "US"), "incomplete_zip"],
    [texts.judgePostal("K1A 0B1", "CA"), undefined],
    [texts.judgePostal("SW1A 1AA", "GB"), undefined],
    [texts.judgePostal("", "DE"), undefined],
    [texts.judgeIban("DE89 3704 0044 0532 0130 00"), undefined],
    [texts.judgeIban("DE89370400440532013001"), "invalid_iban"],
    [texts.judgeIban("DE89"), "incomplete_iban"],
    [texts.judgeRouting("110000000"), undefined],
    [texts.judgeRouting("110000001"), "invalid_routing_number"],
    [texts.judgeRouting("1100"), "incomplete_routing_number"],
    [texts.judgeAccount("000123456789"), undefined],
    [texts.judgeEmail("jenny@example"), "incomplete_email"],
  ]) {
    assert.equal(judged?.code, code);
  }
  assert.equal(texts.groupedIban("de893704004405"), "DE89 3704 0044 05");
});

test("parameters are nested as forms nest them", () => {
  const form = encoded({ a: { b: 1, c: [2, 3] }, d: undefined, e: null, f: "x y" });
  assert.equal(decodeURIComponent(form.toString()), "a[b]=1&a[c][0]=2&a[c][1]=3&f=x+y");
  assert.deepEqual(merged({ a: { b: 1, c: 2 } }, { a: { c: 3, d: undefined } }), { a: { b: 1, c: 3 } });
});

test("every language has every text, and a language of its own where it is asked for", () => {
  for (const [name, count] of Object.entries(counts())) {
    assert.equal(count, TEXTS, name);
    const language = new Language(name);
    assert.equal(language.name, name);
    assert.equal(language.direction, ["ar", "he"].includes(name) ? "rtl" : "ltr");
    assert.ok(language.text("incomplete_name") && language.text("bank_done"), name);
  }
  assert.equal(new Language("pt-BR").locale, "pt-BR");
  assert.equal(new Language("ko").name, "en");
  assert.equal(new Language("de").amount("1299.00", "EUR"), "1.299,00\u00a0€");
});
