// Parameters as Stripe takes them, for the page's script and for the frame.

/** Parameters as a form: `{a: {b: 1}, c: [2]}` is `a[b]=1&c[0]=2`. */
export function encoded(params) {
  const pairs = new URLSearchParams();
  const add = (name, value) => {
    if (value === undefined || value === null) {
      return;
    }
    if (typeof value === "object") {
      Object.entries(value).forEach(([inner, of]) => add(`${name}[${inner}]`, of));
    } else {
      pairs.append(name, String(value));
    }
  };
  Object.entries(params).forEach(([name, value]) => add(name, value));
  return pairs;
}
