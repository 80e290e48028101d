// What is typed besides cards: postal codes, names, addresses of mail, and bank accounts.

/** What is wrong with a postal code. Only three countries have one that the bank compares. */
export function judgePostal(text, country) {
  const wanted = { US: /^\d{5}(-?\d{4})?$/, CA: /^[a-z]\d[a-z] ?\d[a-z]\d$/i, GB: /^.{5,8}$/ }[country];
  if (wanted === undefined || wanted.test(text.trim())) {
    return null;
  }
  return { code: "incomplete_zip", message: "Your postal code is incomplete.", soft: true };
}

/** What is wrong with a text that has to be there. */
export function judgeText(name) {
  return (text) =>
    text.trim() === "" ? { code: `incomplete_${name}`, message: "This field is incomplete.", soft: true } : null;
}

/** What is wrong with an address of mail. */
export function judgeEmail(text) {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())
    ? null
    : { code: "incomplete_email", message: "Your email is incomplete.", soft: true };
}

/** An IBAN in groups of four. */
export function groupedIban(text) {
  const all = text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 34);
  return all.replace(/(.{4})(?=.)/g, "$1 ");
}

/** What is wrong with an IBAN: its check digits have to leave 1 when it is divided by 97. */
export function judgeIban(text) {
  const iban = text.replace(/\s/g, "");
  if (iban.length < 15) {
    return { code: "incomplete_iban", message: "The IBAN you entered is incomplete.", soft: true };
  }
  const moved = iban.slice(4) + iban.slice(0, 4);
  const rest = [...moved].reduce((left, letter) => Number(`${left}${parseInt(letter, 36)}`) % 97, 0);
  return rest === 1 ? null : { code: "invalid_iban", message: "The IBAN you entered is invalid." };
}

/** What is wrong with the number of a bank in the United States: nine digits that add up by 3, 7 and 1. */
export function judgeRouting(text) {
  if (!/^\d{9}$/.test(text)) {
    return { code: "incomplete_routing_number", message: "Your routing number is incomplete.", soft: true };
  }
  const sum = [...text].reduce((total, digit, at) => total + Number(digit) * [3, 7, 1][at % 3], 0);
  return sum % 10 === 0
    ? null
    : { code: "invalid_routing_number", message: "Your routing number is invalid." };
}

/** What is wrong with the number of a bank account in the United States. */
export function judgeAccount(text) {
  return /^\d{4,17}$/.test(text)
    ? null
    : { code: "incomplete_account_number", message: "Your account number is incomplete.", soft: true };
}
