// Texts in the reader's language. LANGUAGE, LOCALE, TEXTS and pluralForm are written before this
// file when a component is registered: see proctoring/language/browser.py. `{name}` takes a value.

function t(text, values = {}) {
  return filled(TEXTS[text] ?? text, values);
}

// For a number: `one` is what English says of one thing. `{n}` is the number.
function nt(one, many, n, values = {}) {
  const forms = TEXTS[one];
  return filled(forms ? forms[pluralForm(n)] ?? forms.at(-1) : n === 1 ? one : many, { n, ...values });
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

function sayNumber(number, digits = 0) {
  return number.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
