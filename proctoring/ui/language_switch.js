// Which language the page speaks: chosen here, kept in this browser for the next time, and told to
// whatever reads the page aloud. It stays the same element in all languages, and so keeps the focus.

const CHOSEN_KEY = "openproctor:language";
const CLOSES_SHEET = '[data-testid="stDialog"] button[aria-label]';

function chosenLanguage() {
  try {
    return localStorage.getItem(CHOSEN_KEY) ?? "";
  } catch {
    return ""; // storage is off: the address still has it
  }
}

function choose(language) {
  try {
    localStorage.setItem(CHOSEN_KEY, language);
  } catch {
    // as above
  }
}

// Streamlit's own sheets have one word of their own, which is read aloud.
function nameSheets(root, close) {
  root.sheets?.disconnect();
  const name = () => {
    for (const button of document.querySelectorAll(CLOSES_SHEET)) if (button.ariaLabel !== close) button.ariaLabel = close;
  };
  root.sheets = new MutationObserver(name);
  root.sheets.observe(document.body, { childList: true, subtree: true });
  name();
}

export default function ({ parentElement: root, data, setTriggerValue }) {
  const { language, languages, label, close, is_asked } = data;
  const select = root.querySelector("select");
  document.documentElement.lang = language;
  root.querySelector("span").textContent = label;
  if (select.options.length !== Object.keys(languages).length) {
    select.replaceChildren(
      ...Object.entries(languages).map(([code, name]) => Object.assign(new Option(name, code), { lang: code })),
    );
  }
  select.value = language;
  nameSheets(root, close);
  select.onchange = () => {
    choose(select.value);
    setTriggerValue("chosen", select.value);
  };
  const before = chosenLanguage();
  if (!is_asked && before !== language && before in languages) setTriggerValue("chosen", before);
  return () => root.sheets.disconnect();
}
