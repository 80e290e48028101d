// The language of the texts in an element's frame.

import { Language } from "../locales.js";

let language = new Language("en");

/** Chooses the language for everything that is shown from now on. */
export function speak(locale) {
  language = new Language(locale);
  language.mark(document.documentElement);
}

/** The text with a name. */
export function text(name) {
  return language.text(name);
}

/** A text that is longer in English than in the table. */
export function english(own, name) {
  return language.name === "en" ? own : text(name);
}

/** What is wrong with an input, said in the language of the customer. */
export function localized(problem) {
  const translated = problem && text(problem.code);
  return translated && language.name !== "en" ? { ...problem, message: translated } : problem;
}

/** The locale of the names of countries. */
export function locale() {
  return language.locale;
}
