// A group of elements, for one payment or one card to keep.

/** The kinds that can be created. */
const KINDS = ["card", "cardNumber", "cardExpiry", "cardCvc", "payment", "expressCheckout"];

/** The ways of paying that the Payment Element knows. */
const WAYS = ["card", "sepa_debit", "us_bank_account", "klarna", "paypal", "link"];

/** The number of groups made so far. */
let groupsMade = 0;

/** A group of elements. */
class Elements {
  /** @param api the API; @param options those of `stripe.elements()` */
  constructor(api, options) {
    groupsMade += 1;
    const group = { id: `group-${groupsMade}`, api, base: api.base, options, made: new Map(), submitted: false };
    // Not a field that pages see: whoever prints the object sees no key.
    groups.set(this, group);
    Object.assign(group, { forget: (element) => group.made.delete(element.kind) });
    group.ways = (given) => waysOf(group, given);
    checkOptions(options);
  }

  /** Makes an element. There can be one of each kind. */
  create(kind, options = {}) {
    const group = groups.get(this);
    needs(typeof kind === "string" && kind !== "", "Invalid value for elements.create(): the type is missing.");
    if (!KINDS.includes(kind)) {
      throw notPlayed(`elements.create("${kind}")`);
    }
    needs(!group.made.has(kind), `Can only create one Element of type ${kind} through elements().`);
    const { clientSecret, mode } = group.options;
    needs(
      kind !== "payment" || clientSecret !== undefined || mode !== undefined,
      "In order to create a payment element, you must pass a clientSecret or mode when creating the Elements " +
        'group. e.g. stripe.elements({clientSecret: "{{CLIENT_SECRET}}"})',
    );
    const element = kind === "expressCheckout" ? new ExpressCheckout(group) : new Element(group, kind, options);
    group.made.set(kind, element);
    return element;
  }

  /** The element of a kind. */
  getElement(kind) {
    return groups.get(this).made.get(kind) ?? null;
  }

  /** Changes the options of the group. */
  update(options = {}) {
    const group = groups.get(this);
    needs(options.clientSecret === undefined, "The clientSecret of an Elements group cannot be updated.");
    group.options = { ...group.options, ...options };
    group.made.forEach((element) => element.line?.tell("update", clean({ appearance: options.appearance })));
  }

  /** Reads the intent again. */
  async fetchUpdates() {
    const group = groups.get(this);
    if (group.options.clientSecret === undefined) {
      return {};
    }
    const { error } = await retrieve(group.api, group.options.clientSecret, "fetchUpdates()");
    return error ? { error } : {};
  }

  /** Shows what is missing. It has to be called before a PaymentMethod is made of a group without an intent. */
  async submit() {
    const group = groups.get(this);
    const element = group.made.get("payment");
    needs(element !== undefined, "elements.submit() needs a Payment Element in the Elements group.");
    const { error, type } = await element.ask("check");
    group.submitted = error === undefined && type;
    return error ? { error } : { selectedPaymentMethod: type };
  }
}

/** Refuses options from which no payment can follow. */
function checkOptions({ clientSecret, mode, amount, currency }) {
  if (clientSecret !== undefined) {
    intentOf(clientSecret, "elements()");
  }
  if (mode === undefined) {
    return;
  }
  const modes = ["payment", "setup", "subscription"];
  needs(modes.includes(mode), `Invalid value for elements(): mode should be one of ${modes.join(", ")}.`);
  needs(clientSecret === undefined, "Invalid value for elements(): clientSecret and mode exclude each other.");
  needs(
    mode === "setup" || (Number.isInteger(amount) && amount >= 0),
    "Invalid value for elements(): amount should be a whole number of the smallest coin.",
  );
  needs(
    mode === "setup" || /^[a-z]{3}$/.test(currency),
    "Invalid value for elements(): currency should be three small letters.",
  );
}

/** What is behind each group. */
const groups = new WeakMap();

/** The ways of paying of a group that the Payment Element can show. */
async function waysOf({ api, options }, { paymentMethodOrder = [] }) {
  let wanted = options.paymentMethodTypes ?? ["card"];
  if (options.clientSecret !== undefined) {
    const { object, error } = await retrieve(api, options.clientSecret, "elements()");
    if (error) {
      return { error };
    }
    wanted = object.payment_method_types;
  }
  const inOrder = new Set([...paymentMethodOrder, ...WAYS]);
  const methods = [...inOrder].filter((way) => WAYS.includes(way) && wanted.includes(way));
  const message = `The sandbox's Payment Element plays none of these: ${wanted.join(", ")}.`;
  return methods.length > 0 ? { methods } : { error: { type: "invalid_request_error", message } };
}
