// The expiry date of a card: the typed format, and the check whether the card has expired.

/** How many years from now a card may expire. */
const LONGEST = 50;

/** The text as it is typed: `1` stays, `5` becomes `05 / `, `1234` becomes `12 / 34`. */
export function spaced(text, deletes = false) {
  const [head, ...rest] = text.split("/");
  let month = head.replace(/\D/g, "");
  let year = rest.join("").replace(/\D/g, "");
  if (rest.length === 0) {
    year = month.slice(2);
    month = month.slice(0, 2);
    if (/^[2-9]/.test(month) || Number(month) > 12) {
      year = month.slice(1) + year;
      month = `0${month.slice(0, 1)}`;
    }
  } else if (month.length === 1 && month !== "0") {
    month = `0${month}`;
  }
  if (year.length === 4 && year.startsWith("20")) {
    year = year.slice(2);
  } else if (!year.startsWith("20") || year.length > 4) {
    year = year.slice(0, 2);
  }
  if (month.length < 2 || (deletes && year === "")) {
    return month;
  }
  return `${month} / ${year}`;
}

/** The month and the year of a text, as numbers. */
export function parts(text) {
  const [, month = "", year = ""] = /^(\d{0,2})(?:\s*\/\s*(\d{0,4}))?/.exec(text) ?? [];
  return { month: Number(month), year: year.length >= 2 ? 2000 + Number(year.slice(-2)) : 0 };
}

/** What is wrong with a text, seen from `now`. */
export function judgeExpiry(text, now = new Date()) {
  const { month, year } = parts(text);
  if (year === 0 || !/^\d\d \/ \d\d$/.test(text)) {
    const wrong = month > 12 || (text.length >= 2 && month === 0);
    return wrong ? wrongMonth() : incomplete();
  }
  if (month < 1 || month > 12) {
    return wrongMonth();
  }
  const thisYear = now.getFullYear();
  if (year < thisYear) {
    return { code: "invalid_expiry_year_past", message: "Your card's expiration year is in the past." };
  }
  if (year > thisYear + LONGEST) {
    return { code: "invalid_expiry_year", message: "Your card's expiration year is invalid." };
  }
  if (year === thisYear && month < now.getMonth() + 1) {
    return { code: "invalid_expiry_month_past", message: "Your card's expiration date is in the past." };
  }
  return null;
}

function incomplete() {
  return { code: "incomplete_expiry", message: "Your card's expiration date is incomplete.", soft: true };
}

function wrongMonth() {
  return { code: "invalid_expiry_month", message: "Your card's expiration date is invalid." };
}
