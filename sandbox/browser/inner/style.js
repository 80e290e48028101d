// The looks that a page may choose: a few properties, each checked by the browser itself.

/** What `style` of a card element may say, and the variable of the sheet that carries it. */
const PROPERTIES = {
  backgroundColor: "background",
  color: "text",
  fontFamily: "font",
  fontSize: "size",
  fontSmoothing: null,
  fontWeight: "weight",
  iconColor: null,
  letterSpacing: "spacing",
  lineHeight: "line",
  textAlign: "align",
};

/** What `appearance.variables` may say. */
const VARIABLES = {
  borderRadius: "radius",
  colorBackground: "background",
  colorDanger: "danger",
  colorPrimary: "primary",
  colorText: "text",
  fontFamily: "font",
  fontSizeBase: "size",
  fontWeightNormal: "weight",
};

/** Applies the `style` of an element and the `appearance` of a group. */
export function dress(style = {}, appearance = {}) {
  set(style.base, PROPERTIES);
  set({ color: style.base?.["::placeholder"]?.color }, { color: "placeholder" });
  set({ color: style.invalid?.color }, { color: "danger" });
  set(appearance.variables, VARIABLES);
  document.body.classList.toggle("night", appearance.theme === "night");
}

function set(values = {}, names) {
  for (const [name, value] of Object.entries(values)) {
    // A value that is not one word of CSS, or that loads something, does not come in.
    if (names[name] && typeof value === "string" && !/[;{}]|url\(/i.test(value)) {
      document.documentElement.style.setProperty(`--${names[name]}`, value);
    }
  }
}
