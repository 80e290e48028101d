// The number of a card: the network, the groups of digits, and the validity.

/** What a network's numbers look like: first digits from and to, lengths, groups, length of the code. */
const NETWORKS = [
  { brand: "amex", starts: [["34", "34"], ["37", "37"]], lengths: [15], groups: [4, 6, 5], code: 4 },
  { brand: "mastercard", starts: [["2221", "2720"], ["51", "55"]], lengths: [16] },
  { brand: "discover", starts: [["6011", "6011"], ["644", "659"]], lengths: [16] },
  {
    brand: "diners",
    starts: [["300", "305"], ["3095", "3095"], ["36", "36"], ["38", "39"]],
    lengths: [14, 16],
    groups: [4, 6, 4],
  },
  { brand: "jcb", starts: [["3528", "3589"]], lengths: [16] },
  { brand: "unionpay", starts: [["62", "62"], ["81", "81"]], lengths: [16, 17, 18, 19], groups: [4, 4, 4, 4, 3] },
  { brand: "visa", starts: [["4", "4"]], lengths: [16] },
];

/** How most numbers are grouped. */
const FOURS = [4, 4, 4, 4];

/** What numbers look like that no network has. */
const UNKNOWN = { brand: "unknown", starts: [], lengths: [16] };

/** The country that is written in the number of a test card: `400000`, and the country's number after it. */
const COUNTRIES = { "000": "US", "840": "US", "124": "CA", "826": "GB" };

/** The digits of a text. */
export function digitsOf(text) {
  return text.replace(/\D/g, "");
}

/** The network of a number, or of its beginning. */
export function networkOf(digits) {
  const fits = ([from, to]) => {
    const start = digits.slice(0, from.length);
    return start.length === from.length && start >= from && start <= to;
  };
  return NETWORKS.find((network) => network.starts.some(fits)) ?? UNKNOWN;
}

/** The number in groups, without more digits than the network has. */
export function grouped(text) {
  const all = digitsOf(text);
  const { lengths, groups = FOURS } = networkOf(all);
  const digits = all.slice(0, Math.max(...lengths));
  // Longer numbers have groups of four digits, also at networks with special groups for shorter numbers.
  const fits = groups.reduce((sum, size) => sum + size, 0) >= digits.length;
  const cut = [];
  let at = 0;
  for (const size of fits ? groups : FOURS) {
    cut.push(digits.slice(at, at + size));
    at += size;
  }
  return cut.filter((group) => group !== "").join(" ");
}

/** Whether the digits add up as those of every card do (Luhn). */
export function addsUp(digits) {
  const values = [...digits].reverse().map(Number);
  const sum = values.reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** What is wrong with a number: nothing, or a code with its sentence. */
export function judgeNumber(text) {
  const digits = digitsOf(text);
  const { lengths } = networkOf(digits);
  if (lengths.includes(digits.length) && addsUp(digits)) {
    return null;
  }
  if (digits.length >= Math.max(...lengths)) {
    return { code: "invalid_number", message: "Your card number is invalid." };
  }
  return { code: "incomplete_number", message: "Your card number is incomplete.", soft: true };
}

/** How many digits the security code has. */
export function codeLength(brand) {
  return NETWORKS.find((network) => network.brand === brand)?.code ?? 3;
}

/** What is wrong with a security code. With an unknown network either length will do. */
export function judgeCode(text, brand) {
  const { length } = digitsOf(text);
  const enough = brand === "unknown" ? length === 3 || length === 4 : length === codeLength(brand);
  return enough ? null : { code: "incomplete_cvc", message: "Your card's security code is incomplete.", soft: true };
}

/** The country of a card, as far as its number tells; Stripe knows it of every number. */
export function countryOf(digits) {
  if (!digits.startsWith("400000") || digits.length < 9) {
    return "US";
  }
  return COUNTRIES[digits.slice(6, 9)] ?? "other";
}
